// The tour of a page: a card at a time beside what it tells of. That it was seen or waved off is remembered by this device.
"use strict";

(() => {
  const dialog = document.getElementById("tour");
  if (!dialog) return;
  const YEAR = 365 * 24 * 3600;
  const shown = (one) => one && one.getClientRects().length > 0;
  let steps = [];
  let at = 0;

  function target() {
    return [...document.querySelectorAll(steps[at].dataset.target)].find(shown);
  }

  function unmark() {
    document.querySelectorAll(".is-toured").forEach((one) => one.classList.remove("is-toured"));
  }

  // the card stands where it doesn't hide what it tells of
  function place(one) {
    one.scrollIntoView({ block: "nearest", inline: "nearest" });
    const box = one.getBoundingClientRect();
    const high = box.top + Math.min(box.height, window.innerHeight) / 2 > window.innerHeight / 2;
    dialog.classList.toggle("at-left", box.left + box.width / 2 > window.innerWidth / 2);
    dialog.classList.toggle("at-top", high);
  }

  function step(number) {
    at = Math.min(steps.length - 1, Math.max(0, number));
    steps.forEach((one, index) => { one.hidden = index !== at; });
    dialog.setAttribute("aria-labelledby", "tour-title");
    dialog.querySelectorAll("h2").forEach((one) => one.removeAttribute("id"));
    steps[at].querySelector("h2").id = "tour-title";
    const last = at === steps.length - 1;
    dialog.querySelector("[data-tour-next]").textContent = last ? dialog.dataset.done : dialog.dataset.next;
    dialog.querySelector("[data-tour-back]").hidden = at === 0;
    dialog.querySelector("[data-count]").textContent = dialog.dataset.of
      .replace("{step}", at + 1).replace("{steps}", steps.length);
    unmark();
    const one = target();
    one.classList.add("is-toured");
    place(one);
  }

  function remember() {
    document.cookie = `tour-${dialog.dataset.tour}=seen; path=/; max-age=${YEAR}; samesite=lax`;
    const invite = document.getElementById("invite");
    if (invite) invite.hidden = true;
  }

  function start() {
    steps = [...dialog.querySelectorAll("[data-target]")]
      .filter((one) => [...document.querySelectorAll(one.dataset.target)].some(shown));
    if (!steps.length) return;
    document.querySelectorAll("[data-pops][open]").forEach((open) => { open.open = false; });
    dialog.showModal();
    step(0);
    dialog.querySelector("[data-tour-next]").focus();
  }

  document.addEventListener("click", (event) => {
    const pressed = (name) => event.target.closest(`[data-tour-${name}]`);
    if (pressed("start")) start();
    else if (pressed("back")) step(at - 1);
    else if (pressed("next") && at < steps.length - 1) step(at + 1);
    else if (pressed("next") || pressed("end")) {
      if (dialog.open) dialog.close();
      remember();
    }
  });

  dialog.addEventListener("close", () => {
    unmark();
    remember();
    document.getElementById("main").focus({ preventScroll: true });
  });
})();
