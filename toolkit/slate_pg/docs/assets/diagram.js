// Zoom, search, schemas and keys of a diagram. Boxes, lines and links are there without it.
"use strict";
(() => {
  const drawing = document.querySelector(".picture.whole .diagram");
  if (!drawing) return;
  const frame = drawing.closest(".scroll");
  const said = document.getElementById("diagram-said");
  const find = document.getElementById("find");
  const boxes = [...drawing.querySelectorAll(".box")];
  const lines = [...drawing.querySelectorAll(".fk")];
  const [width, height] = ["width", "height"].map((name) => Number(drawing.getAttribute(name)));
  let scale = 1;

  const zoom = (wanted) => {
    const next = Math.min(Math.max(wanted, 0.1), 4);
    const x = (frame.scrollLeft + frame.clientWidth / 2) / scale;
    const y = (frame.scrollTop + frame.clientHeight / 2) / scale;
    scale = next;
    drawing.setAttribute("width", width * scale);
    drawing.setAttribute("height", height * scale);
    frame.scrollTo(x * scale - frame.clientWidth / 2, y * scale - frame.clientHeight / 2);
    said.textContent = `${Math.round(scale * 100)} %`;
  };
  const steps = {
    in: () => zoom(scale * 1.25),
    out: () => zoom(scale / 1.25),
    whole: () => zoom(1),
    fit: () => zoom(Math.min(frame.clientWidth / width, frame.clientHeight / height)),
  };
  const keys = { "+": "in", "=": "in", "-": "out", 0: "fit", 1: "whole" };

  // Shows a table's own lines and neighbours, the others faintly; without a table, all alike.
  const ask = (box) => {
    drawing.classList.toggle("asked", Boolean(box));
    const near = new Set(box ? [box.dataset.key] : []);
    for (const line of lines) {
      const own = Boolean(box) && [line.dataset.from, line.dataset.to].includes(box.dataset.key);
      line.classList.toggle("near", own);
      if (own) near.add(line.dataset.from).add(line.dataset.to);
    }
    for (const each of boxes) each.classList.toggle("near", near.has(each.dataset.key));
  };
  for (const box of boxes) {
    box.addEventListener("pointerenter", () => ask(box));
    box.addEventListener("pointerleave", () => ask(null));
    box.addEventListener("focus", () => { ask(box); bring(box); });
    box.addEventListener("blur", () => ask(null));
  }

  const bring = (box) => {
    const [at, own] = [frame.getBoundingClientRect(), box.getBoundingClientRect()];
    if (own.left < at.left || own.right > at.right || own.top < at.top || own.bottom > at.bottom) {
      frame.scrollBy(own.left + own.width / 2 - at.left - at.width / 2, own.top + own.height / 2 - at.top - at.height / 2);
    }
  };

  // The nearest box in the direction of an arrow key; what lies straight ahead counts as nearer.
  const beside = (box, key) => {
    const middle = (each) => { const b = each.getBBox(); return [b.x + b.width / 2, b.y + b.height / 2]; };
    const [x, y] = middle(box);
    const across = key === "ArrowLeft" || key === "ArrowRight";
    const sign = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
    let best = null;
    let least = Infinity;
    for (const other of boxes) {
      if (other === box || other.hasAttribute("hidden")) continue;
      const [a, b] = middle(other);
      const [ahead, aside] = across ? [(a - x) * sign, Math.abs(b - y)] : [(b - y) * sign, Math.abs(a - x)];
      if (ahead > 4 && ahead + 2 * aside < least) { least = ahead + 2 * aside; best = other; }
    }
    return best;
  };

  frame.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = keys[event.key];
    const box = document.activeElement.closest(".box");
    const next = box && event.key.startsWith("Arrow") ? beside(box, event.key) : null;
    if (!step && !next) return;
    event.preventDefault();
    if (step) steps[step](); else next.focus({ preventScroll: true });
  });
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => steps[button.dataset.zoom]());
  }

  const matching = () => {
    const words = find.value.trim().toLowerCase();
    const name = (box) => box.dataset.key.split("\t")[1].toLowerCase();
    const found = words ? boxes.filter((box) => !box.hasAttribute("hidden") && name(box).includes(words)) : [];
    found.sort((a, b) => name(a).length - name(b).length);
    for (const box of boxes) box.classList.toggle("found", found.includes(box));
    said.textContent = words ? `${found.length} found` : "";
    if (found.length) bring(found[0]);
    return found;
  };
  find.addEventListener("input", matching);
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const [first] = matching();
    if (first) first.focus({ preventScroll: true });
  });

  const filters = [...document.querySelectorAll(".schemas input")];
  for (const filter of filters) {
    filter.addEventListener("change", () => {
      const off = new Set(filters.filter((each) => !each.checked).map((each) => each.value));
      const gone = (key) => off.has(key.split("\t")[0]);
      for (const box of boxes) box.toggleAttribute("hidden", off.has(box.dataset.schema));
      for (const line of lines) line.toggleAttribute("hidden", gone(line.dataset.from) || gone(line.dataset.to));
    });
  }

  let held = null;
  frame.addEventListener("pointerdown", (event) => {
    if (event.button || event.pointerType !== "mouse" || event.target.closest(".box")) return;
    held = [event.clientX + frame.scrollLeft, event.clientY + frame.scrollTop];
  });
  frame.addEventListener("pointermove", (event) => {
    if (held) frame.scrollTo({ left: held[0] - event.clientX, top: held[1] - event.clientY, behavior: "instant" });
  });
  for (const end of ["pointerup", "pointerleave"]) frame.addEventListener(end, () => { held = null; });
  document.getElementById("tools").hidden = false;
  if (boxes.length) bring(boxes[0]); // the corner above it may be empty
})();
