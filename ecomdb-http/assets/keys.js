// Keyboard shortcuts: `g` and a letter, `/`, `j` `k` Enter, `n`, `?`. Single keys can be turned off.
import { element, remember, remembered } from "./page.js";

let afterG = 0;

const isOn = () => remembered("keys") !== "off";

function isTyping(target) {
  return target.isContentEditable || target.closest?.("input, textarea, select, dialog, [popover]");
}

function rows() {
  return [...document.querySelectorAll("main tbody tr > :first-child > a, main tbody tr > :first-child > * > a")].filter(
    (link) => link.checkVisibility(),
  );
}

function moveRow(step) {
  const links = rows();
  if (links.length === 0) return;
  const row = document.activeElement?.closest?.("tr");
  const at = links.findIndex((link) => link.closest("tr") === row);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
  links[next].focus();
}

function press(selector) {
  const found = [...document.querySelectorAll(selector)].find((each) => !each.closest("[hidden]"));
  found?.click();
  return Boolean(found);
}

function help() {
  const known = document.getElementById("keys");
  if (known) return known.showModal();
  const lines = [["/", "Search"], ["Ctrl K", "Search and go anywhere"], ["j k", "Next and previous row"], ["Enter", "Open the row"]];
  if (document.querySelector("[data-key=n]")) lines.push(["n", "New"]);
  for (const link of document.querySelectorAll("[data-go]")) lines.push([`g ${link.dataset.go}`, link.textContent.trim()]);
  lines.push(["?", "This list"]);
  const box = element("input", { type: "checkbox", checked: isOn() && "" });
  box.addEventListener("change", () => remember("keys", box.checked ? "on" : "off"));
  const dialog = element(
    "dialog",
    { class: "dialog", id: "keys", "aria-labelledby": "keys-title" },
    element(
      "header",
      {},
      element("h2", { id: "keys-title" }, "Keyboard"),
      element("form", { method: "dialog" }, element("button", { class: "btn btn-small" }, "Close")),
    ),
    element(
      "div",
      { class: "dialog-body stack" },
      element(
        "table",
        { class: "keys" },
        element("tbody", {}, ...lines.map(([key, words]) => element("tr", {}, keyCell(key), element("td", {}, words)))),
      ),
      element("label", { class: "choice" }, box, "Single-key shortcuts"),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

function keyCell(keys) {
  const cell = element("th", { scope: "row" });
  for (const key of keys.split(" ")) cell.append(element("kbd", {}, key), " ");
  return cell;
}

function act(key, wasG) {
  if (wasG && /^[a-z]$/.test(key)) return press(`[data-go="${key}"]`);
  if (key === "g") {
    afterG = Date.now();
    return true;
  }
  if (key === "j" || key === "k") {
    moveRow(key === "j" ? 1 : -1);
    return true;
  }
  if (key === "/") {
    document.querySelector(".search input")?.select();
    return true;
  }
  if (key === "n") return press("[data-key=n]");
  if (key === "?") {
    help();
    return true;
  }
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (!isOn()) return;
  const wasG = Date.now() - afterG < 1_500;
  afterG = 0;
  if (act(event.key, wasG)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-keys-help]")) help();
});
