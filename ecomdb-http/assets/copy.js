// Buttons that copy a text, or what an element shows.
import { say } from "./page.js";

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
