// The badges that count an invoice's opens: their figures, and the mark that fades.

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
  badge.hidden = false;
  badge.previousElementSibling.hidden = true;
  mark(badge);
}

function mark(badge) {
  const { last } = badge.dataset;
  badge.querySelector("[data-live]").hidden = !last || now() - Date.parse(last) >= LIVE_FOR;
}

export function keepMarks() {
  setInterval(() => document.querySelectorAll("[data-views]").forEach(mark), 1_000);
  // What shows up on hover or on focus can be sent away (WCAG 1.4.13), until it is wanted again.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll(".views").forEach((badge) => badge.classList.add("dismissed"));
  });
  const want = (event) => event.target.closest?.(".views")?.classList.remove("dismissed");
  document.addEventListener("pointerover", (event) => {
    const badge = event.target.closest?.(".views");
    if (badge && !badge.contains(event.relatedTarget)) want(event);
  });
  document.addEventListener("focusin", want);
}
