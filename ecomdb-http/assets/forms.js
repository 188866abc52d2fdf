// A form is sent once, however often its button is pressed. The server would refuse the repetition by its key, too.
const sent = new WeakSet();

function mark(form, isSent) {
  if (isSent) sent.add(form);
  else sent.delete(form);
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    if (isSent) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (sent.has(form)) event.preventDefault();
  else mark(form, true);
});

// Back shows the page as it was left, with the form marked.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.forms) mark(form, false);
});

// After an error, the summary is what to read first.
document.querySelector(".error-summary")?.focus();

// Units that are chosen fill the amount, each product with its part of what all of its units cost; without any, it is the
// suggested one.
document.addEventListener("input", ({ target }) => {
  const form = target.closest?.("form[data-adds-up]");
  if (!form || !target.dataset.price) return;
  const minor = [...form.querySelectorAll("[data-price]")].reduce(
    (sum, { value, dataset }) =>
      /^\d+$/.test(value) ? sum + (BigInt(value) * BigInt(dataset.price)) / BigInt(dataset.of) : sum,
    0n,
  );
  const amount = `${minor / 100n}.${String(minor % 100n).padStart(2, "0")}`;
  form.elements[form.dataset.addsUp].value = minor ? amount : form.elements.suggested.value;
});
