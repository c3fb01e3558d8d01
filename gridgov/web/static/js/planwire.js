// Between a plan's page and the server: questions as JSON; and what isn't saved yet, kept by the tab for its reader alone.
"use strict";

window.gridgov.planwire = (() => {
  const { notice } = window.gridgov;
  const words = () => document.getElementById("plan-words").dataset;
  let leaving = () => {};

  const key = ({ number }) => `gridgov-plan-${number || "new"}`;
  const forget = (plan) => window.sessionStorage.removeItem(key(plan));

  function keep(plan, { edits, name }) {
    const told = { reader: plan.reader, version: plan.version, base: plan.edits, called: plan.name, edits, name };
    try {
      window.sessionStorage.setItem(key(plan), JSON.stringify(told));
    } catch {
      forget(plan); // more than a tab may keep
    }
  }

  function kept(plan) {
    const told = JSON.parse(window.sessionStorage.getItem(key(plan)) || "null");
    return told && told.reader === plan.reader ? told : null;
  }

  // { status, told }; who is signed out meanwhile is told so, and finds his edits again
  async function call(address, { method = "POST", body, signal } = {}) {
    const url = new URL(address, window.location.href);
    const day = new URLSearchParams(window.location.search).get("as_of");
    if (day) url.searchParams.set("as_of", day);
    const token = document.querySelector("[name=csrf_token]").value;
    const answer = await fetch(url, {
      method, signal, credentials: "same-origin", body: body && JSON.stringify(body),
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    });
    if (answer.status === 401) expired();
    return { status: answer.status, told: answer.status === 204 ? null : await answer.json() };
  }

  function expired() {
    leaving();
    const next = window.location.pathname + window.location.search;
    notice(words().expired, words().signin, () => window.location.assign(`/login?${new URLSearchParams({ next })}`));
  }

  const onExpired = (does) => { leaving = does; };

  return { call, forget, keep, kept, onExpired };
})();
