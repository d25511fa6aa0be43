// What forms keep in this browser for its user until the server has it: see `drafts.js`.

const PREFIX = "invotify.";
const SUBMITTED = "invotify.submitted";

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
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  }
}
