// How much room the list takes beside the map: at the desk by its edge, on a phone by the lip of a sheet with three stops.
"use strict";

(() => {
  const STOPS = ["peek", "half", "full"];
  const stage = document.querySelector(".stage");
  const edge = document.querySelector("[data-edge]");
  const lip = document.querySelector("[data-lip]");
  const resized = () => document.dispatchEvent(new CustomEvent("gridgov:resize"));
  const between = (low, value, high) => Math.min(high, Math.max(low, value));

  function drag(handle, move, end = () => undefined) {
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      const moved = (each) => move(each.clientY, each.clientY - event.clientY);
      handle.addEventListener("pointermove", moved);
      const over = (each) => {
        handle.removeEventListener("pointermove", moved);
        end(each.clientY - event.clientY);
      };
      handle.addEventListener("lostpointercapture", over, { once: true });
    });
  }

  function drawer(percent) {
    const share = between(12, percent, 80);
    stage.style.setProperty("--drawer", `${share}%`);
    edge.setAttribute("aria-valuenow", Math.round(share));
    resized();
  }

  function stop(number) {
    const told = between(0, number, STOPS.length - 1);
    stage.style.removeProperty("--map");
    stage.dataset.sheet = STOPS[told];
    lip.setAttribute("aria-valuenow", told);
    lip.setAttribute("aria-valuetext", lip.dataset.stops.split("|")[told]);
    resized();
  }

  function nearest(height) {
    const heights = STOPS.map((name) => {
      stage.dataset.sheet = name;
      stage.style.removeProperty("--map");
      return document.querySelector(".mapbox").offsetHeight;
    });
    const away = heights.map((each) => Math.abs(each - height));
    return away.indexOf(Math.min(...away));
  }

  const at = () => STOPS.indexOf(stage.dataset.sheet || "half");
  const KEYS = { ArrowUp: (now) => now + 1, ArrowDown: (now) => now - 1, Home: () => 0, End: () => 2 };

  if (edge) {
    drag(edge, (y) => {
      const box = stage.getBoundingClientRect();
      drawer(((box.bottom - y) / box.height) * 100);
    });
    edge.addEventListener("keydown", (event) => {
      const step = { ArrowUp: 4, ArrowDown: -4 }[event.key];
      if (!step) return;
      event.preventDefault();
      drawer(Number(edge.getAttribute("aria-valuenow")) + step);
    });
  }

  if (lip) {
    let begun = 0;
    lip.addEventListener("pointerdown", () => {
      begun = document.querySelector(".mapbox").offsetHeight;
    });
    drag(lip, (_y, by) => {
      if (window.scrollY === 0) stage.style.setProperty("--map", `${Math.max(88, begun + by)}px`);
    }, (by) => {
      if (Math.abs(by) < 8) stop((at() + 1) % STOPS.length);
      else stop(nearest(begun + by));
    });
    lip.addEventListener("keydown", (event) => {
      const next = KEYS[event.key];
      if (!next) return;
      event.preventDefault();
      stop(next(at()));
    });
    // what was asked of the map is answered in the sheet: it must be seen
    document.addEventListener("gridgov:view", () => {
      if (at() === 0 && document.querySelector("#about h2, #about h1")) stop(1);
    });
  }
})();
