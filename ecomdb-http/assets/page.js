// What the other modules share: pages of the same server as documents, elements, and words for screen readers.

// The content security policy allows this policy alone. What passes is an answer of this server, and scripts in
// a document that DOMParser makes do not run.
const policy = window.trustedTypes?.createPolicy("page", { createHTML: (html) => html });

/** The page at an address of this server, or null if there is none any more: logged out, gone, or no connection. */
export async function fetchPage(address, signal) {
  try {
    const headers = { accept: "text/html", "x-ecomdb-refresh": "1" };
    const response = await fetch(address, { signal, headers, redirect: "error" });
    if (!response.ok) return null;
    const html = await response.text();
    return new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
  } catch {
    return null;
  }
}

/** A new element; an attribute that is false is left out. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

let region;

/** Have screen readers say something when they have a moment. */
export function say(words) {
  if (!region?.isConnected) {
    region = element("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });
    document.body.append(region);
  }
  region.textContent = words;
}

/** A choice of this browser that outlives the page; null where storing is forbidden. */
export function remembered(name) {
  try {
    return localStorage.getItem(`ecomdb.${name}`);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`ecomdb.${name}`, value);
  } catch {
    // Forbidden: the choice ends with the page.
  }
}
