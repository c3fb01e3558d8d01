// A plan under way: edits are drawn on the map, worked out by the server at once, and kept by the tab until they are saved.
"use strict";

(() => {
  const { view: readView, notice, planmarks, planwire } = window.gridgov;
  const { call } = planwire;
  const CLOSE = 15;
  const WAIT = 60;
  const byId = (id) => document.getElementById(id);
  const words = () => byId("plan-words").dataset;
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  let map = null;
  let plan = null;
  let edits = [];
  let past = [];
  let future = [];
  let things = [];
  let doubtful = new Set();
  let chosen = null;
  let tool = null;
  let corners = [];
  let running = null;
  let waiting = 0;
  const known = new Map();

  // --- the tab keeps what isn't saved ---------------------------------------------------------------------------------

  function remember() {
    const name = byId("plan-name");
    planwire.keep(plan, { edits, name: name ? name.value : "" });
  }

  function restore() {
    const kept = plan.editable ? planwire.kept(plan) : null;
    if (!kept || (same(kept.edits, plan.edits) && (!kept.name || kept.name === plan.name))) return;
    edits = kept.edits;
    [plan.version, plan.edits, plan.name] = [kept.version, kept.base, kept.called]; // saved by another since: the server tells at the next saving
    if (kept.name) byId("plan-name").value = kept.name;
    notice(words().restored);
  }

  // --- the server -----------------------------------------------------------------------------------------------------

  function work() {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(draw, WAIT);
  }

  async function draw() {
    if (running) running.abort();
    const asked = JSON.stringify(edits);
    if (known.has(asked)) {
      show(known.get(asked));
      return;
    }
    const mine = new AbortController();
    running = mine;
    busy(true);
    const began = performance.now();
    try {
      const { status, told } = await call("/api/v1/plans/figures", { body: { edits, plan: plan.number, pack: plan.pack }, signal: mine.signal });
      if (status === 200) {
        known.set(asked, told);
        byId("plan-took").dataset.milliseconds = String(Math.round(performance.now() - began));
        show(told);
      } else if (status === 400) {
        notice(told.message);
        back(); // what can't be is taken back
      } else if (status !== 401) notice(told.message);
    } catch (problem) {
      if (problem.name !== "AbortError") notice(window.gridgov.word("offline"), window.gridgov.word("again"), work);
      return;
    } finally {
      if (running === mine) busy(false);
    }
  }

  function busy(on) {
    byId("figures").setAttribute("aria-busy", String(on));
    byId("plan-busy").hidden = !on;
  }

  // figures and edits come as parts of the page, made by the server like all others
  function show(told) {
    byId("figures").innerHTML = told.html.figures;
    byId("edits").innerHTML = told.html.edits;
    byId("plan-stale").hidden = !told.stale;
    doubtful = new Set(told.edits_told.flatMap((row, index) => (row.in_doubt ? [index] : [])));
    planmarks.gains(told.places);
    marks();
    document.documentElement.dataset.planned = String(Number(document.documentElement.dataset.planned || 0) + 1);
  }

  function marks() {
    planmarks.show({ things, edits, doubtful, chosen, editable: plan.editable });
    const [undo, redo] = [byId("plan-undo"), byId("plan-redo")];
    if (undo) [undo.disabled, redo.disabled] = [!past.length, !future.length];
  }

  // --- edits ----------------------------------------------------------------------------------------------------------

  function set(next) {
    past.push(edits);
    future = [];
    edits = next;
    changed();
  }

  function changed() {
    doubtful = new Set();
    remember();
    marks();
    tell();
    work();
  }

  function back() {
    if (!past.length) return;
    future.push(edits);
    edits = past.pop();
    choose(null);
    changed();
  }

  function forth() {
    if (!future.length) return;
    past.push(edits);
    edits = future.pop();
    choose(null);
    changed();
  }

  const place = ({ lng, lat }) => ({ x: Number(lng.toFixed(6)), y: Number(lat.toFixed(6)) });

  // one edit of a kind for a thing: the later takes the place of the earlier
  function edit(fields) {
    const doors = ["open_point", "close_point"];
    const alike = (one) => one.do === fields.do || (doors.includes(one.do) && doors.includes(fields.do));
    set([...edits.filter((one) => !(alike(one) && one.point === fields.point && one.gate === fields.gate)), fields]);
  }

  function move(thing, latlng) {
    if (thing.kind === "added") set(edits.map((one, index) => (index === thing.index ? { ...one, ...place(latlng) } : one)));
    else edit({ do: "move_point", point: thing.code, ...place(latlng) });
  }

  function act(button) {
    const { do: what, state } = button.dataset;
    const capacity = Number(byId("thing-capacity").value);
    if (what === "set_capacity" && (byId("thing-capacity").value === "" || !(capacity >= 0))) return;
    if (what === "move_point") move(chosen, map.getCenter());
    else if (what === "set_capacity" && chosen.kind === "added") {
      set(edits.map((one, index) => (index === chosen.index ? { ...one, capacity } : one)));
    } else if (what === "set_capacity") edit({ do: what, point: chosen.code, capacity });
    else if (what === "set_gate") edit({ do: what, gate: chosen.code, state });
    else edit({ do: what, point: chosen.code });
  }

  // --- what is chosen, and what lies in view ---------------------------------------------------------------------------

  function choose(thing) {
    chosen = thing;
    tell();
    marks();
  }

  function tell() {
    const panel = byId("thing");
    panel.hidden = !chosen;
    if (!chosen) return;
    const type = byId("plan-type").querySelector(`option[value="${chosen.type || ""}"]`);
    const kind = chosen.kind === "gate" || chosen.do === "add_gate" ? words().gate : (chosen.type && type ? type.textContent : words().point);
    byId("thing-name").textContent = chosen.name || kind;
    byId("thing-told").textContent = chosen.name ? kind : "";
    byId("thing-capacity").value = chosen.capacity ?? "";
    panel.querySelectorAll("[data-for]").forEach((row) => {
      row.hidden = !row.dataset.for.split(" ").includes(chosen.kind) || (chosen.kind === "added" && chosen.do !== "add_point" && row.matches(":has(input)"));
    });
    const off = chosen.kind === "point" && chosen.status !== "open";
    panel.querySelectorAll("[data-do=close_point]").forEach((one) => { one.hidden = off; });
    panel.querySelectorAll("[data-do=open_point]").forEach((one) => { one.hidden = !off; });
    panel.querySelectorAll("[data-state]").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.state === chosen.state)));
  }

  async function look() {
    if (map.getZoom() < CLOSE) {
      things = [];
      listed();
      marks();
      return;
    }
    const query = new URLSearchParams({ bounds: map.getBounds().toBBoxString(), type: byId("plan-type").value });
    const { status, told } = await call(`/api/v1/plans/things?${query}`, { method: "GET" });
    if (status !== 200) return;
    things = told.rows;
    listed();
    marks();
    document.documentElement.dataset.things = String(things.length);
  }

  function listed() {
    byId("in-view-count").textContent = things.length ? String(things.length) : "";
    byId("in-view-far").hidden = map.getZoom() >= CLOSE;
    byId("in-view-list").replaceChildren(...things.slice(0, 200).map((thing) => {
      const row = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "edit-go";
      button.textContent = [thing.name, thing.type_name || words().gate].filter(Boolean).join(" · ");
      button.addEventListener("click", () => choose(thing));
      row.append(button);
      return row;
    }));
  }

  // --- tools ----------------------------------------------------------------------------------------------------------

  function take(wanted) {
    tool = tool === wanted ? null : wanted;
    corners = [];
    planmarks.draft(corners);
    document.querySelectorAll("[data-tool]").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.tool === tool)));
    map.getContainer().classList.toggle("is-drawing", Boolean(tool));
    byId("plan-note").hidden = !tool;
    if (tool) byId("plan-note").querySelector("span").textContent = words()[tool];
    byId("plan-done").hidden = true;
  }

  function put(latlng) {
    if (!tool) {
      choose(null);
      return;
    }
    if (tool === "add_link") {
      bend(latlng);
      return;
    }
    const fields = { do: tool, ...place(latlng) };
    if (tool === "add_point") fields.type = byId("plan-type").value || byId("plan-type").options[1].value;
    if (tool === "add_gate") fields.state = "open";
    take(null);
    set([...edits, fields]);
  }

  // the same place twice ends a path
  function bend(latlng) {
    const last = corners[corners.length - 1];
    if (last && map.latLngToLayerPoint(last).distanceTo(map.latLngToLayerPoint(latlng)) < 8) {
      done();
      return;
    }
    corners = [...corners, latlng];
    planmarks.draft(corners);
    byId("plan-done").hidden = corners.length < 2;
  }

  function done() {
    const path = corners.map(place).map(({ x, y }) => [x, y]);
    take(null);
    if (path.length > 1) set([...edits, { do: "add_link", path }]);
  }

  // --- keeping --------------------------------------------------------------------------------------------------------

  function leave(number) {
    planwire.forget(plan);
    const query = new URLSearchParams(window.location.search);
    if (number) query.set("plan", number);
    else query.delete("plan");
    window.location.assign(`${window.location.pathname}?${query}${window.location.hash}`);
    if (number === String(plan.number)) window.location.reload();
  }

  async function save({ copy = false } = {}) {
    const name = byId("plan-name").value.trim();
    if (!name) {
      notice(words().unnamed);
      byId("plan-name").focus();
      return;
    }
    if (!edits.length) {
      notice(words().nothing);
      return;
    }
    const anew = copy || !plan.number;
    const { status, told } = anew
      ? await call("/api/v1/plans", { body: { name, edits, pack: plan.pack } })
      : await call(`/api/v1/plans/${plan.number}`, { method: "PUT", body: { name, edits, version: plan.version, base: plan.edits, called: plan.name } });
    if (status === 201) leave(String(told.plan));
    else if (status === 200) kept(told);
    else if (status === 409 && told.error === "plan_changed_meanwhile") clash(told);
    else if (status !== 401) notice(told.message);
  }

  function kept(told) {
    plan = { ...plan, version: told.version, edits: told.edits, name: told.name };
    planwire.forget(plan);
    byId("plan-stale").hidden = true;
    document.querySelector("#where h1").textContent = told.name;
    known.clear();
    notice(words().saved);
  }

  function clash(told) {
    const box = byId("plan-conflict");
    box.innerHTML = told.html;
    box.hidden = false;
    box.querySelector("h2").focus();
    const as = (one) => JSON.stringify(one, Object.keys(one).sort()); // the server tells its fields in another order
    const before = plan.edits.map(as);
    box.onclick = ({ target }) => {
      const settle = target.dataset.settle;
      if (!settle) return;
      box.hidden = true;
      if (settle === "copy") {
        byId("plan-name").focus();
        byId("plan-name").select();
        save({ copy: true });
        return;
      }
      const mine = edits.filter((one) => !before.includes(as(one)));
      const gone = before.filter((one) => !edits.map(as).includes(one));
      const both = told.edits.filter((one) => !gone.includes(as(one)));
      const field = byId("plan-name"); // what I haven't called otherwise is called as the other called it
      if (settle === "theirs" || field.value.trim() === plan.name) field.value = told.name;
      plan = { ...plan, version: told.version, edits: told.edits, name: told.name };
      set(settle === "theirs" ? told.edits : [...both, ...mine.filter((one) => !both.map(as).includes(as(one)))]);
    };
  }

  async function drop() {
    if (!window.confirm(words().remove)) return;
    const { status, told } = await call(`/api/v1/plans/${plan.number}`, { method: "DELETE" });
    if (status === 204) leave("");
    else notice(told.message);
  }

  function listen() {
    const on = (id, event, does) => byId(id) && byId(id).addEventListener(event, does);
    on("planbar", "click", ({ target }) => {
      const button = target.closest("[data-tool]");
      if (button) take(button.dataset.tool);
    });
    on("plan-undo", "click", back);
    on("plan-redo", "click", forth);
    on("plan-middle", "click", () => put(map.getCenter()));
    on("plan-done", "click", done);
    on("thing", "click", ({ target }) => target.dataset.do && act(target));
    on("plan-form", "submit", (event) => {
      event.preventDefault();
      save();
    });
    on("plan-copy", "click", () => save({ copy: true }));
    on("plan-name", "input", remember);
    on("plan-remove", "click", drop);
    on("plan-shared", "change", ({ target }) => call(`/api/v1/plans/${plan.number}`, { method: "PUT", body: { shared: target.checked } }));
    on("plan-type", "change", ({ target }) => {
      remember();
      const query = new URLSearchParams(window.location.search);
      if (target.value) query.set("type", target.value);
      else query.delete("type");
      window.location.assign(`${window.location.pathname}?${query}${window.location.hash}`);
    });
    on("edits", "click", ({ target }) => {
      const button = target.closest("[data-take], [data-go]");
      if (!button) return;
      if (button.dataset.take) set(edits.filter((_one, index) => index !== Number(button.dataset.take)));
      else go(Number(button.dataset.go));
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && tool) take(null);
      if (!(event.ctrlKey || event.metaKey) || event.target.closest("input, textarea")) return;
      if (event.key === "z" && !event.shiftKey) back();
      else if (event.key === "y" || event.key.toLowerCase() === "z") forth();
    });
  }

  function go(index) {
    const one = edits[index];
    const thing = things.find((each) => each.code === (one.point || one.gate));
    const at = one.path ? one.path[0] : one.x !== undefined ? [one.x, one.y] : thing ? [thing.x, thing.y] : byId("edits").querySelector(`[data-edit="${index}"]`).dataset.at?.split(",").map(Number);
    if (at) map.setView([at[1], at[0]], Math.max(map.getZoom(), 16));
    choose(thing || (one.x !== undefined ? { ...one, kind: "added", index } : null));
  }

  document.addEventListener("gridgov:started", ({ detail }) => {
    map = detail;
    plan = readView().plan;
    edits = plan.edits;
    planmarks.start(map, { choose: (thing, latlng) => (tool ? put(latlng) : choose(thing)), move });
    L.DomEvent.disableClickPropagation(byId("planbar") || document.createElement("i"));
    planwire.onExpired(remember);
    restore();
    listen();
    map.on("click", ({ latlng }) => put(latlng));
    map.on("moveend", look);
    look();
    draw();
  });
})();
