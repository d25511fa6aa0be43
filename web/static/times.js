// Shows instants in the reader's time zone, and tells the server's time.

const locale = document.documentElement.dataset.locale;
const format = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const dayOfYear = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric" });
const clockOffset = Date.parse(document.body.dataset.now) - Date.now(); // milliseconds

export const SOURCES = { LINK: "Link", EMAIL: "E-mail", PORTAL: "Portal", API: "API" };

// The server's time in milliseconds, since the reader's clock may be wrong.
export function now() {
  return Date.now() + clockOffset;
}

export function setTime(element, instant) {
  const at = new Date(instant);
  element.dateTime = instant;
  if ("brief" in element.dataset) {
    element.title = format.format(at);
    element.textContent = brief(at);
  } else {
    element.textContent = format.format(at);
  }
}

// "2:05 PM" today, and else a day.
function brief(at) {
  const today = new Date(now());
  const yesterday = new Date(today);
  yesterday.setDate(today.getDate() - 1);
  if (at.toDateString() === today.toDateString()) return clock.format(at);
  if (at.toDateString() === yesterday.toDateString()) return "Yesterday";
  return (at.getFullYear() === today.getFullYear() ? dayOfYear : day).format(at);
}

// Says which time zone that is.
export function nameZone() {
  const zone = format.resolvedOptions().timeZone;
  for (const element of document.querySelectorAll("[data-zone]")) {
    element.textContent = `Times are in your time zone, ${zone}.`;
  }
}

// Only instants have a "T". Dates have no time zone and stay as they are.
export function localise(root = document) {
  for (const element of root.querySelectorAll("time[datetime*='T']")) {
    setTime(element, element.dateTime);
  }
}
