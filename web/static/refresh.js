// Replaces the parts of a page marked `data-fresh` with their current version from the server: from
// the address that a part names, or else from the page's own. While a part is marked
// `data-unsettled`, because something in it is under way, it is looked at again.

import { offerCopying } from "./copy.js";
import { selectorOf } from "./focus.js";
import { localise } from "./times.js";

const MIN_INTERVAL = 1_000; // milliseconds between two refreshes
const MAX_RETRY_DELAY = 15_000; // … before trying again while the server isn't answering
const MAX_INTERVAL = 60_000; // … between two looks at what is under way

let waiting = 0;
let interval = MIN_INTERVAL;
let isRefreshing = false;
let isStale = false;

export async function refresh() {
  isStale = true;
  if (isRefreshing) return;
  isRefreshing = true;
  let delay = MIN_INTERVAL;
  while (isStale) {
    isStale = false;
    try {
      await replaceParts();
      delay = MIN_INTERVAL;
    } catch {
      isStale = true; // the server isn't answering: try again, more and more rarely
      delay = Math.min(2 * delay, MAX_RETRY_DELAY);
    }
    await new Promise((resolve) => setTimeout(resolve, delay));
  }
  isRefreshing = false;
  interval = MIN_INTERVAL;
  settle();
}

// Looks again and again, more and more rarely, until nothing is under way.
export function settle() {
  clearTimeout(waiting);
  if (!document.querySelector("[data-fresh] [data-unsettled]")) return;
  interval = Math.min(2 * interval, MAX_INTERVAL);
  waiting = setTimeout(async () => {
    if (!document.hidden) await replaceParts().catch(() => {});
    settle();
  }, interval);
}

async function replaceParts() {
  const parts = [...document.querySelectorAll("[data-fresh]")];
  const addresses = new Set(parts.map(addressOf));
  await Promise.all([...addresses].map(async (address) => {
    const page = await load(address);
    for (const part of page ? parts : []) {
      const fresh = addressOf(part) === address && page.getElementById(part.id);
      if (fresh) replace(part, fresh);
    }
  }));
}

function addressOf(part) {
  return part.dataset.fresh || location.href;
}

async function load(address) {
  const response = await fetch(address);
  if (response.status === 503) throw new Error("The server isn't available.");
  if (!response.ok || response.redirected) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

function replace(part, fresh) {
  const { activeElement } = document;
  const focused = part.contains(activeElement) ? selectorOf(activeElement) : null;
  localise(fresh);
  offerCopying(fresh);
  for (const { id } of part.querySelectorAll("details[open][id]")) {
    fresh.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  }
  part.hidden = fresh.hidden;
  part.replaceChildren(...fresh.childNodes);
  if (focused) (part.querySelector(focused) ?? part.querySelector("a"))?.focus({ preventScroll: true });
}
