// The address bar holds what the map shows, after its #: nothing of it is sent to the server. Moving changes the address
// in place; choosing a place makes a step that Back goes behind.
"use strict";

window.gridgov.address = (() => {
  const WAIT = 200;
  const USUAL = { cells: 0 };
  let timer = 0;
  let popped = false;

  window.addEventListener("popstate", () => {
    popped = true;
  });

  function read() {
    const told = new URLSearchParams(window.location.hash.slice(1));
    const at = (told.get("at") || "").split(",").map(Number);
    const fits = at.length === 3 && at.every(Number.isFinite) && Math.abs(at[0]) <= 180 && Math.abs(at[1]) <= 85;
    const layers = (told.get("layers") || "").split(",").map((one) => /^([a-z_]{1,20}):(\d{1,3})$/.exec(one)).filter(Boolean);
    return {
      at: fits ? { center: [at[1], at[0]], zoom: at[2] } : null,
      layers: { ...USUAL, ...Object.fromEntries(layers.map(([, name, percent]) => [name, Math.min(100, Number(percent)) / 100])) },
    };
  }

  // whether the address came by Back or Forward since the last time it was asked
  function went() {
    const answer = popped;
    popped = false;
    return answer;
  }

  function written(map, layers) {
    const { lng, lat } = map.getCenter();
    const zoom = map.getZoom();
    const digits = Math.min(6, Math.max(2, Math.ceil(zoom / 3)));
    const parts = [`at=${lng.toFixed(digits)},${lat.toFixed(digits)},${Number(zoom.toFixed(2))}`];
    const told = Object.entries(layers).filter(([name, opacity]) => opacity !== (USUAL[name] ?? 1) || name === "ground");
    if (told.length) parts.push(`layers=${told.map(([name, opacity]) => `${name}:${Math.round(opacity * 100)}`).join(",")}`);
    return `#${parts.join("&")}`;
  }

  function write(map, layers) {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      const hash = written(map, layers);
      if (hash !== window.location.hash) history.replaceState(history.state, "", hash);
    }, WAIT);
  }

  // another language, or another plan, shows the same piece of the map
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[hreflang], a[data-here]");
    if (link) link.hash = window.location.hash;
  }, true);

  return { read, went, write };
})();
