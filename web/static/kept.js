// What forms keep in this browser for its user until the server has it: see `drafts.js`.

const PREFIX = "invotify.";
const SUBMITTED = "invotify.submitted";
const MAX_AGE = 30 * 24 * 3600 * 1000; // milliseconds

/** The name under which a form of this page keeps what was typed by `owner`. */
export function keyOf(owner) {
  return `${PREFIX}${owner}.${location.pathname}${location.search}`;
}

/** Remember which form is being submitted. */
export function remember(key) {
  sessionStorage.setItem(SUBMITTED, key);
}

/** Forget what was typed once its form has led to another page: it is saved. */
export function forgetSubmitted() {
  const key = sessionStorage.getItem(SUBMITTED);
  sessionStorage.removeItem(SUBMITTED);
  if (key && !key.endsWith(`.${location.pathname}${location.search}`)) localStorage.removeItem(key);
}

/** Forget everything when the user signs out. */
export function forgetAll() {
  for (const key of keys()) localStorage.removeItem(key);
}

/** Forget what nobody has come back to. */
export function forgetOld() {
  for (const key of keys()) {
    if (!(ageOf(key) < MAX_AGE)) localStorage.removeItem(key);
  }
}

function keys() {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}

function ageOf(key) {
  try {
    return Date.now() - JSON.parse(localStorage.getItem(key)).at;
  } catch {
    return NaN;
  }
}
