// Asks the server for data, and knows whether it is there: when it is gone the page says so and keeps trying, each time
// after a longer while; when it is back everybody is told.
"use strict";

window.gridgov.wire = (() => {
  const { notice, word } = window.gridgov;
  const FIRST = 1000;
  const LONGEST = 30000;
  const GONE = [502, 503, 504];
  let gone = false;
  let wait = FIRST;
  let timer = 0;

  function lost() {
    if (gone) return;
    gone = true;
    notice(word("offline"));
    document.documentElement.dataset.offline = "";
    wait = FIRST;
    timer = window.setTimeout(probe, wait);
  }

  async function probe() {
    window.clearTimeout(timer);
    try {
      const answer = await fetch(word("health"), { cache: "no-store", credentials: "same-origin" });
      if (GONE.includes(answer.status)) throw new Error(String(answer.status));
      back();
    } catch {
      wait = Math.min(LONGEST, wait * 2);
      timer = window.setTimeout(probe, wait);
    }
  }

  function back() {
    gone = false;
    delete document.documentElement.dataset.offline;
    notice("");
    document.dispatchEvent(new CustomEvent("gridgov:back"));
  }

  // what `read` makes of the answer; who has left gets an AbortError
  async function get(url, read, signal) {
    let response;
    try {
      response = await fetch(url, { credentials: "same-origin", signal });
    } catch (problem) {
      if (problem.name !== "AbortError") lost();
      throw problem;
    }
    if (GONE.includes(response.status)) lost();
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    return read(response);
  }

  window.addEventListener("online", () => gone && probe());
  document.addEventListener("gridgov:lost", lost);
  return { get };
})();
