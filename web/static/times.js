// Shows instants in the reader's time zone, and tells the server's time.

const locale = document.documentElement.dataset.locale;
const format = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const clockOffset = Date.parse(document.body.dataset.now) - Date.now(); // milliseconds

export const SOURCES = { LINK: "Link", EMAIL: "E-mail", PORTAL: "Portal", API: "API" };

// The server's time in milliseconds, since the reader's clock may be wrong.
export function now() {
  return Date.now() + clockOffset;
}

export function setTime(element, instant) {
  element.dateTime = instant;
  element.textContent = format.format(new Date(instant));
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
