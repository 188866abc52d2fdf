// The values of a chart's points, by pointer and by arrow keys. They are the rows of the table in its figure.
import { element, say } from "./page.js";

const SVG = "http://www.w3.org/2000/svg";
const FRAME = ".plot-frame[data-x]";
const shown = new WeakMap();

// In thousandths of the width of the area.
function points(frame) {
  return frame.dataset.x.split(" ").map(Number);
}

function valuesAt(frame, index) {
  const table = frame.closest("figure")?.querySelector("details table");
  const heads = [...(table?.querySelectorAll("thead th") ?? [])].map((head) => head.textContent.trim());
  const cells = [...(table?.querySelectorAll("tbody tr")[index]?.children ?? [])].map((cell) => cell.textContent.trim());
  return cells.map((cell, at) => [heads[at] ?? "", cell]);
}

function parts(frame) {
  let known = shown.get(frame);
  if (!known) {
    const line = document.createElementNS(SVG, "line");
    line.setAttribute("class", "crosshair");
    const readout = element("div", { class: "readout", "aria-hidden": "true" });
    known = { line, readout, index: -1 };
    shown.set(frame, known);
  }
  return known;
}

function show(frame, index) {
  const xs = points(frame);
  const known = parts(frame);
  if (index === known.index || index < 0 || index >= xs.length) return;
  known.index = index;
  const { line, readout } = known;
  const x = `${xs[index] / 10}%`;
  for (const [name, value] of [["x1", x], ["x2", x], ["y1", "0"], ["y2", "100%"]]) line.setAttribute(name, value);
  const [first, ...others] = valuesAt(frame, index);
  readout.replaceChildren(element("strong", {}, first?.[1] ?? ""));
  for (const [head, value] of others) readout.append(element("div", {}, head ? `${head}: ${value}` : value));
  const area = frame.querySelector(".plot-area");
  area.append(line);
  const figure = frame.closest("figure");
  figure.append(readout);
  place(area, figure, readout, xs[index]);
}

function place(area, figure, readout, x) {
  const outer = figure.getBoundingClientRect();
  const box = area.getBoundingClientRect();
  const at = box.left - outer.left + (x / 1000) * box.width;
  const fits = at + 12 + readout.offsetWidth <= outer.width;
  readout.style.left = `${Math.max(0, fits ? at + 12 : at - 12 - readout.offsetWidth)}px`;
  readout.style.top = `${box.top - outer.top + 8}px`;
}

function hide(frame) {
  const known = shown.get(frame);
  if (!known) return;
  known.index = -1;
  known.line.remove();
  known.readout.remove();
}

document.addEventListener("pointermove", (event) => {
  const frame = event.target.closest?.(FRAME);
  for (const other of document.querySelectorAll(FRAME)) {
    if (other !== frame && other !== document.activeElement) hide(other);
  }
  if (!frame) return;
  const box = frame.querySelector(".plot-area").getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * 1000;
  const xs = points(frame);
  show(frame, xs.reduce((best, each, index) => (Math.abs(each - x) < Math.abs(xs[best] - x) ? index : best), 0));
});

document.addEventListener("keydown", (event) => {
  const frame = event.target.closest?.(FRAME);
  if (!frame) return;
  const last = points(frame).length - 1;
  const { index } = parts(frame);
  if (event.key === "Escape") return hide(frame);
  const moves = {
    ArrowRight: index < 0 ? 0 : Math.min(index + 1, last),
    ArrowLeft: index < 0 ? last : Math.max(index - 1, 0),
    Home: 0,
    End: last,
  };
  if (!(event.key in moves)) return;
  event.preventDefault();
  show(frame, moves[event.key]);
  say(valuesAt(frame, moves[event.key]).map(([head, value], at) => (at === 0 || !head ? value : `${head} ${value}`)).join(", "));
});

document.addEventListener("focusout", (event) => {
  if (event.target.matches?.(FRAME)) hide(event.target);
});

function prepare() {
  for (const frame of document.querySelectorAll(FRAME)) frame.setAttribute("tabindex", "0");
}

prepare();
document.addEventListener("page:swapped", prepare);
