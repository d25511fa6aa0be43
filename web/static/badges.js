// Badges with an invoice's number of opens, and the Live mark that goes out after a while.

import { now, setTime } from "./times.js";

const LIVE_FOR = 5 * 60_000; // milliseconds

export function badgeOf(invoiceId) {
  return document.querySelector(`[data-views="${CSS.escape(invoiceId)}"]`);
}

export function setBadge(badge, { viewCount, firstViewedAt, lastViewedAt }) {
  badge.dataset.last = lastViewedAt;
  badge.querySelector("[data-count]").textContent = viewCount;
  badge.querySelector("[data-never]").hidden = true;
  const seen = badge.querySelector("[data-seen]");
  seen.hidden = false;
  const [first, last] = seen.querySelectorAll("time");
  setTime(first, firstViewedAt);
  setTime(last, lastViewedAt);
  const latest = badge.querySelector("[data-latest]");
  latest.hidden = false;
  setTime(latest.firstElementChild, lastViewedAt);
  badge.hidden = false;
  badge.previousElementSibling.hidden = true;
  updateMark(badge);
}

function updateMark(badge) {
  const { last } = badge.dataset;
  badge.querySelector("[data-live]").hidden = !last || now() - Date.parse(last) >= LIVE_FOR;
}

function updateMarks() {
  document.querySelectorAll("[data-views]").forEach(updateMark);
  for (const mark of document.querySelectorAll("[data-live-until]")) {
    mark.hidden = now() >= Date.parse(mark.dataset.liveUntil);
  }
}

export function keepMarksCurrent() {
  setInterval(updateMarks, 1_000);
  // Escape dismisses what opens on hover or focus (WCAG 1.4.13), until the next hover or focus.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll(".views").forEach((badge) => badge.classList.add("dismissed"));
  });
  const restore = (event) => event.target.closest?.(".views")?.classList.remove("dismissed");
  document.addEventListener("pointerover", (event) => {
    const badge = event.target.closest?.(".views");
    if (badge && !badge.contains(event.relatedTarget)) restore(event);
  });
  document.addEventListener("focusin", restore);
}
