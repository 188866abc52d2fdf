// Relative times that stay right, and buttons that copy.
import { say } from "./page.js";

const words = new Intl.RelativeTimeFormat("en");
const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

function relative(then) {
  const seconds = Math.round((Date.now() - then) / 1_000);
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return words.format(-Math.trunc(seconds / length), unit);
  }
  return "just now";
}

function update() {
  for (const time of document.querySelectorAll("time[data-relative]")) {
    const now = relative(new Date(time.dateTime));
    if (time.textContent !== now) time.textContent = now;
  }
}

setInterval(() => document.hidden || update(), 30_000);
document.addEventListener("visibilitychange", () => document.hidden || update());

function showButtons() {
  for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const what = button.dataset.copy;
  const text = what.startsWith("#") ? document.getElementById(what.slice(1))?.textContent.trim() : what;
  try {
    await navigator.clipboard.writeText(text ?? "");
    say("Copied");
    button.classList.add("is-done");
    setTimeout(() => button.classList.remove("is-done"), 1_500);
  } catch {
    say("The browser refused to copy");
  }
});

showButtons();
document.addEventListener("page:swapped", () => {
  update();
  showButtons();
});
