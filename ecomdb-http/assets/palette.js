// The palette: Ctrl or Cmd and K opens a search over the navigation and the answers of /search.
import { element, fetchPage, say } from "./page.js";

let dialog;
let input;
let list;
let asked;
let waiting;

function build() {
  input = element("input", {
    type: "text",
    role: "combobox",
    placeholder: "Search, or go to a page",
    "aria-label": "Search, or go to a page",
    "aria-expanded": "true",
    "aria-controls": "palette-list",
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
  });
  list = element("div", { role: "listbox", id: "palette-list", "aria-label": "Results" });
  const note = element("p", { class: "palette-note" }, element("kbd", {}, "↑"), " ", element("kbd", {}, "↓"), " choose, ");
  note.append(element("kbd", {}, "Enter"), " open, ", element("kbd", {}, "Esc"), " close");
  dialog = element("dialog", { class: "dialog palette", "aria-label": "Search" }, input, list, note);
  input.addEventListener("input", onInput);
  input.addEventListener("keydown", onKey);
  list.addEventListener("click", (event) => open(event.target.closest("[role=option]"), event));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
}

function show() {
  if (!dialog) build();
  if (dialog.open) return dialog.close();
  input.value = "";
  fill(places(""));
  dialog.showModal();
}

/** Links of the navigation and actions of this page whose words contain the text. */
function places(text) {
  const links = [...document.querySelectorAll(".nav a[href], .page-head .actions a[href]")];
  return links
    .map((link) => ({ href: link.href, words: link.textContent.trim(), kind: link.closest(".nav") ? "Page" : "Action" }))
    .filter(({ words }) => words.toLowerCase().includes(text.toLowerCase()));
}

function fill(hits) {
  list.replaceChildren(
    ...hits.slice(0, 30).map(({ href, words, kind }, index) =>
      element(
        "div",
        { role: "option", id: `palette-${index}`, "data-href": href, "aria-selected": String(index === 0) },
        element("span", {}, words),
        element("span", { class: "muted" }, kind),
      ),
    ),
  );
  if (hits.length === 0) list.append(element("p", { class: "palette-note" }, "Nothing found"));
  select(0);
}

function select(index) {
  const options = [...list.querySelectorAll("[role=option]")];
  options.forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
  options[index]?.scrollIntoView({ block: "nearest" });
  if (options[index]) input.setAttribute("aria-activedescendant", options[index].id);
  else input.removeAttribute("aria-activedescendant");
}

function onInput() {
  asked?.abort();
  clearTimeout(waiting);
  const text = input.value.trim();
  fill(places(text));
  if (text.length > 0) waiting = setTimeout(ask, 120, text);
}

async function ask(text) {
  asked = new AbortController();
  const { signal } = asked;
  const page = await fetchPage(`/search?q=${encodeURIComponent(text)}`, signal);
  if (signal.aborted || !page) return;
  const hits = [...page.querySelectorAll("[data-hit]")].map((link) => ({
    href: new URL(link.getAttribute("href"), location.href).href,
    words: link.textContent.trim().replace(/\s+/g, " "),
    kind: link.dataset.hit,
  }));
  fill([...hits, ...places(text)]);
  say(`${hits.length} found`);
}

function onKey(event) {
  const options = [...list.querySelectorAll("[role=option]")];
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") select(Math.min(at + 1, options.length - 1));
  else if (event.key === "ArrowUp") select(Math.max(at - 1, 0));
  else if (event.key === "Enter") open(options[at], event);
  else return;
  event.preventDefault();
}

function open(option, event) {
  if (!option) return;
  if (event.ctrlKey || event.metaKey) window.open(option.dataset.href, "_blank", "noopener");
  else location.assign(option.dataset.href);
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    show();
  }
});
