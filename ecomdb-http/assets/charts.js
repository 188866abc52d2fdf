// The values of a chart's points, by pointer and by arrow keys. They are the rows of the table in its figure.
import { element, say } from "./page.js";

const SVG = "http://www.w3.org/2000/svg";
const shown = new WeakMap();

function points(plot) {
  return plot.dataset.x.split(" ").map(Number);
}

function valuesAt(plot, index) {
  const table = plot.closest("figure")?.querySelector("details table");
  const heads = [...(table?.querySelectorAll("thead th") ?? [])].map((head) => head.textContent.trim());
  const cells = [...(table?.querySelectorAll("tbody tr")[index]?.children ?? [])].map((cell) => cell.textContent.trim());
  return cells.map((cell, at) => [heads[at] ?? "", cell]);
}

function parts(plot) {
  let known = shown.get(plot);
  if (!known) {
    const line = document.createElementNS(SVG, "line");
    line.setAttribute("class", "crosshair");
    const readout = element("div", { class: "readout", "aria-hidden": "true" });
    known = { line, readout, index: -1 };
    shown.set(plot, known);
  }
  return known;
}

function show(plot, index) {
  const xs = points(plot);
  const known = parts(plot);
  if (index === known.index || index < 0 || index >= xs.length) return;
  known.index = index;
  const { line, readout } = known;
  const { y, height } = plot.viewBox.baseVal;
  for (const [name, value] of [["x1", xs[index]], ["x2", xs[index]], ["y1", y], ["y2", y + height]]) {
    line.setAttribute(name, value);
  }
  const [first, ...others] = valuesAt(plot, index);
  readout.replaceChildren(element("strong", {}, first?.[1] ?? ""));
  for (const [head, value] of others) readout.append(element("div", {}, head ? `${head}: ${value}` : value));
  plot.append(line);
  const figure = plot.closest("figure");
  figure.append(readout);
  place(plot, figure, readout, xs[index]);
}

function place(plot, figure, readout, x) {
  const frame = figure.getBoundingClientRect();
  const box = plot.getBoundingClientRect();
  const { x: left, width } = plot.viewBox.baseVal;
  const at = box.left - frame.left + ((x - left) / width) * box.width;
  const fits = at + 12 + readout.offsetWidth <= frame.width;
  readout.style.left = `${Math.max(0, fits ? at + 12 : at - 12 - readout.offsetWidth)}px`;
  readout.style.top = `${box.top - frame.top + 8}px`;
}

function hide(plot) {
  const known = shown.get(plot);
  if (!known) return;
  known.index = -1;
  known.line.remove();
  known.readout.remove();
}

document.addEventListener("pointermove", (event) => {
  const plot = event.target.closest?.("svg.plot[data-x]");
  for (const other of document.querySelectorAll("svg.plot[data-x]")) {
    if (other !== plot && other !== document.activeElement) hide(other);
  }
  const matrix = plot?.getScreenCTM();
  if (!matrix) return;
  const { x } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  const xs = points(plot);
  show(plot, xs.reduce((best, each, index) => (Math.abs(each - x) < Math.abs(xs[best] - x) ? index : best), 0));
});

document.addEventListener("keydown", (event) => {
  const plot = event.target.closest?.("svg.plot[data-x]");
  if (!plot) return;
  const last = points(plot).length - 1;
  const { index } = parts(plot);
  if (event.key === "Escape") return hide(plot);
  const moves = {
    ArrowRight: index < 0 ? 0 : Math.min(index + 1, last),
    ArrowLeft: index < 0 ? last : Math.max(index - 1, 0),
    Home: 0,
    End: last,
  };
  if (!(event.key in moves)) return;
  event.preventDefault();
  show(plot, moves[event.key]);
  say(valuesAt(plot, moves[event.key]).map(([head, value], at) => (at === 0 || !head ? value : `${head} ${value}`)).join(", "));
});

document.addEventListener("focusout", (event) => {
  if (event.target.matches?.("svg.plot[data-x]")) hide(event.target);
});

function prepare() {
  for (const plot of document.querySelectorAll("svg.plot[data-x]")) plot.setAttribute("tabindex", "0");
}

prepare();
document.addEventListener("page:swapped", prepare);
