// Replaces the parts of a page marked `data-fresh` with their current version from the server.

import { offerCopying } from "./copy.js";
import { selectorOf } from "./focus.js";
import { localise } from "./times.js";

const MIN_INTERVAL = 1_000; // milliseconds between two refreshes

let isRefreshing = false;
let isStale = false;

export async function refresh() {
  isStale = true;
  if (isRefreshing) return;
  isRefreshing = true;
  while (isStale) {
    isStale = false;
    try {
      await replaceParts();
    } catch {
      isStale = true; // the server isn't answering: try again
    }
    await new Promise((resolve) => setTimeout(resolve, MIN_INTERVAL));
  }
  isRefreshing = false;
}

async function replaceParts() {
  const response = await fetch(location.href);
  if (response.status === 503) throw new Error("The server isn't available.");
  if (!response.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const fresh = page.getElementById(part.id);
    if (fresh) replace(part, fresh);
  }
}

function replace(part, fresh) {
  const { activeElement } = document;
  const focused = part.contains(activeElement) ? selectorOf(activeElement) : null;
  localise(fresh);
  offerCopying(fresh);
  part.replaceChildren(...fresh.childNodes);
  if (focused) (part.querySelector(focused) ?? part.querySelector("a"))?.focus({ preventScroll: true });
}
