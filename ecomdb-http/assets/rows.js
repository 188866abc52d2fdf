// Back returns to the row that one came from, also where the browser has not kept the page.
const place = `ecomdb.row:${location.pathname}${location.search}`;

document.addEventListener("click", (event) => {
  const row = event.target.closest?.("main tbody tr[id]");
  if (row && event.target.closest("a")) store(row.id);
});

function store(id) {
  try {
    sessionStorage.setItem(place, id);
  } catch {
    // Forbidden: the browser's own memory of the scroll position remains.
  }
}

function restore() {
  let id = null;
  try {
    id = sessionStorage.getItem(place);
    sessionStorage.removeItem(place);
  } catch {
    return;
  }
  const row = id && document.getElementById(id);
  if (!row) return;
  for (const other of document.querySelectorAll("tr.is-current")) other.classList.remove("is-current");
  row.classList.add("is-current");
  row.querySelector("a")?.focus({ preventScroll: true });
  const { top, bottom } = row.getBoundingClientRect();
  if (top < 60 || bottom > innerHeight - 60) row.scrollIntoView({ block: "center" });
}

window.addEventListener("pageshow", (event) => {
  const [navigation] = performance.getEntriesByType("navigation");
  if (event.persisted || navigation?.type === "back_forward") restore();
});
