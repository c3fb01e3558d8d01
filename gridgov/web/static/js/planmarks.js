// What a plan shows on the map: what lies in view and may be edited, its own edits, and where people gain or lose.
"use strict";

window.gridgov.planmarks = (() => {
  const ORDER = { gains: 462, paths: 464, things: 650 };
  const layers = {};
  let map = null;
  let act = null;

  // `does` answers what is done on the map: choose(thing, latlng), move(thing, latlng)
  function start(started, does) {
    map = started;
    act = does;
    for (const [name, order] of Object.entries(ORDER)) {
      map.createPane(`plan-${name}`).style.zIndex = String(order);
      layers[name] = L.layerGroup().addTo(map);
    }
    layers.draft = L.layerGroup().addTo(map);
  }

  const icon = (names, size = 16) => L.divIcon({ className: `thing-mark ${names.join(" ")}`, iconSize: [size, size], iconAnchor: [size / 2, size / 2] });

  function mark(thing, names, { draggable = false } = {}) {
    const one = L.marker([thing.y, thing.x], { icon: icon(names), pane: "plan-things", draggable, autoPan: draggable, keyboard: false, riseOnHover: true });
    one.bindTooltip(window.gridgov.drawn.text(thing.name || thing.type_name || ""), { direction: "top", offset: [0, -8] });
    one.on("click", (event) => {
      L.DomEvent.stop(event);
      act.choose(thing, event.latlng);
    });
    if (draggable) one.on("dragend", () => act.move(thing, one.getLatLng()));
    return one.addTo(layers.things);
  }

  const line = (path, name) => L.polyline(path.map(([x, y]) => [y, x]), { pane: "plan-paths", className: name, interactive: false }).addTo(layers.paths);

  // the things in view as the plan has them, then what the plan adds
  function show({ things, edits, doubtful, chosen, editable }) {
    layers.things.clearLayers();
    layers.paths.clearLayers();
    const of = (key, code) => edits.filter((edit) => edit[key] === code);
    for (const thing of things) {
      const mine = of(thing.kind, thing.code);
      const names = [thing.kind];
      if (mine.length) names.push("edited");
      if (mine.some((edit) => doubtful.has(edits.indexOf(edit)))) names.push("doubtful");
      if (chosen && chosen.kind === thing.kind && chosen.code === thing.code) names.push("chosen");
      const told = { ...thing };
      for (const edit of mine) {
        if (edit.do === "move_point") [told.x, told.y] = [edit.x, edit.y];
        if (edit.do === "set_gate") told.state = edit.state;
        if (edit.do === "close_point") told.status = "closed";
        if (edit.do === "open_point") told.status = "open";
      }
      if (thing.kind === "gate") names.push(told.state);
      else if (told.status !== "open") names.push("off");
      if (told.x !== thing.x || told.y !== thing.y) line([[thing.x, thing.y], [told.x, told.y]], "plan-move");
      mark({ ...told, kind: thing.kind }, names, { draggable: editable && thing.kind === "point" });
    }
    edits.forEach((edit, index) => own(edit, index, { doubtful: doubtful.has(index), chosen, editable }));
  }

  function own(edit, index, { doubtful, chosen, editable }) {
    const odd = doubtful ? ["doubtful"] : [];
    const on = chosen && chosen.kind === "added" && chosen.index === index ? ["chosen"] : [];
    if (edit.do === "add_point") mark({ ...edit, kind: "added", index }, ["added", ...odd, ...on], { draggable: editable });
    if (edit.do === "add_gate") mark({ ...edit, kind: "added", index }, ["gate", edit.state, "edited", ...odd, ...on], { draggable: editable });
    if (edit.do === "remove_link") mark({ ...edit, kind: "added", index }, ["point", "off", "edited", ...on]);
    if (edit.do === "add_link") line(edit.path, `plan-link${doubtful ? " doubtful" : ""}`);
  }

  function gains(places) {
    layers.gains.clearLayers();
    for (const { x, y, gains: better, name, code } of places) {
      L.circleMarker([y, x], { pane: "plan-gains", radius: 8, className: better ? "plan-gains" : "plan-loses" })
        .bindTooltip(window.gridgov.drawn.text(name || code), { direction: "top" }).addTo(layers.gains);
    }
  }

  // a path under way: its corners so far
  function draft(corners) {
    layers.draft.clearLayers();
    if (!corners.length) return;
    L.polyline(corners, { pane: "plan-paths", className: "plan-link", interactive: false }).addTo(layers.draft);
    for (const corner of corners) L.marker(corner, { icon: icon(["corner"], 12), pane: "plan-things", interactive: false, keyboard: false }).addTo(layers.draft);
  }

  return { draft, gains, show, start };
})();
