// Instants in the reader's own time zone, and the server's clock.

const locale = document.documentElement.dataset.locale;
const format = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const ahead = Date.parse(document.body.dataset.now) - Date.now(); // milliseconds

export const SOURCES = { LINK: "Link", EMAIL: "E-mail", PORTAL: "Portal", API: "API" };

// The server's time in milliseconds: the reader's clock may be wrong.
export function now() {
  return Date.now() + ahead;
}

export function setTime(element, instant) {
  element.dateTime = instant;
  element.textContent = format.format(new Date(instant));
}

// Days have no time zone; instants are written with a "T".
export function localise(root = document) {
  for (const element of root.querySelectorAll("time[datetime*='T']")) {
    setTime(element, element.dateTime);
  }
}
