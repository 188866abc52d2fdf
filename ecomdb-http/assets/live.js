// The server says only that something changed; the page asks for its own address again and replaces its regions.
import { element, fetchPage, remember, remembered, say } from "./page.js";

let source = null;
let isLate = false;
let isAsking = false;
let isWaiting = false;

const regions = () => [...document.querySelectorAll("[data-live][id]")];
const isPaused = () => remembered("live") === "paused";

/** What somebody is using right now stays: a region with the focus, with selected text, or with something open. */
function isInUse(region) {
  const selection = getSelection();
  return (
    region.contains(document.activeElement) ||
    (selection && !selection.isCollapsed && region.contains(selection.anchorNode)) ||
    region.querySelector("dialog[open], :popover-open") !== null
  );
}

function swap(region, fresh) {
  const opened = [...region.querySelectorAll("details")].map((details) => details.open);
  fresh.querySelectorAll("details").forEach((details, index) => {
    details.open = opened[index] ?? details.open;
  });
  if (region.isEqualNode(fresh)) return;
  region.replaceWith(document.adoptNode(fresh));
}

/** Rows that are known get their newer selves; those that are new are counted and offered. */
function offer(region, fresh) {
  let added = 0;
  for (const row of fresh.querySelectorAll("tbody tr[id]")) {
    const known = document.getElementById(row.id);
    if (!known) added += 1;
    else if (!known.contains(document.activeElement) && !known.isEqualNode(row)) {
      if (known.classList.contains("is-current")) row.classList.add("is-current");
      known.replaceWith(document.adoptNode(row.cloneNode(true)));
    }
  }
  region.querySelector(".rows-new")?.remove();
  if (added === 0) return;
  const words = `${added} ${added === 1 ? region.dataset.one : region.dataset.many}`;
  const button = element("button", { type: "button", class: "btn btn-small" }, `${words}: show`);
  button.addEventListener("click", () => {
    region.querySelector("a, button, [tabindex]")?.focus();
    region.replaceWith(document.adoptNode(fresh));
    announceSwap();
    document.querySelector(`#${CSS.escape(fresh.id)} tbody a`)?.focus();
  });
  region.prepend(element("div", { class: "rows-new" }, button));
  say(words);
}

function announceSwap() {
  document.dispatchEvent(new Event("page:swapped"));
}

async function refresh() {
  if (isAsking || document.hidden || isPaused()) {
    isLate = true;
    return;
  }
  isAsking = true;
  isLate = false;
  const page = await fetchPage(location.href);
  isAsking = false;
  if (!page) return;
  for (const region of regions()) {
    const fresh = page.getElementById(region.id);
    if (!fresh) continue;
    if (region.dataset.live === "offer") offer(region, fresh);
    else if (isInUse(region)) isLate = true;
    else swap(region, fresh);
  }
  announceSwap();
}

/** Many changes come at once; the page asks once for them, and at most once in a second. */
function later() {
  if (isWaiting) return;
  isWaiting = true;
  setTimeout(() => {
    isWaiting = false;
    refresh();
  }, 1_000);
}

function listen() {
  const isWanted = !document.hidden && !isPaused() && regions().length > 0;
  if (isWanted && !source) {
    source = new EventSource("/live");
    source.addEventListener("message", later);
  } else if (!isWanted && source) {
    source.close();
    source = null;
    isLate = true; // changes are missed from now on
  }
  if (isWanted && isLate) refresh();
}

function showToggle() {
  for (const button of document.querySelectorAll("[data-live-toggle]")) {
    button.hidden = regions().length === 0;
    button.textContent = isPaused() ? "Resume live updates" : "Pause live updates";
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-live-toggle]")) return;
  remember("live", isPaused() ? "on" : "paused");
  say(isPaused() ? "Live updates paused" : "Live updates on");
  showToggle();
  listen();
});
document.addEventListener("focusout", () => isLate && !document.hidden && later());
document.addEventListener("visibilitychange", listen);
window.addEventListener("pagehide", () => {
  source?.close();
  source = null;
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) isLate = true;
  listen();
});

showToggle();
