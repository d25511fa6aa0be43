// The parts of a page that are marked `data-fresh` are shown anew, as the server has them.

import { selectorOf } from "./focus.js";
import { localise } from "./times.js";

const PAUSE = 1_000; // milliseconds between two looks, however much happens

let isLooking = false;
let hasNews = false;

export async function look() {
  hasNews = true;
  if (isLooking) return;
  isLooking = true;
  while (hasNews) {
    hasNews = false;
    try {
      await renew();
    } catch {
      hasNews = true; // the server does not answer just now
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  isLooking = false;
}

async function renew() {
  const answer = await fetch(location.href);
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const fresh = page.getElementById(part.id);
    if (fresh) replace(part, fresh);
  }
}

function replace(part, fresh) {
  const { activeElement } = document;
  const focused = part.contains(activeElement) ? selectorOf(activeElement) : null;
  localise(fresh);
  part.replaceChildren(...fresh.childNodes);
  if (focused) (part.querySelector(focused) ?? part.querySelector("a"))?.focus({ preventScroll: true });
}
