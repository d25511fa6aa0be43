// Tells of news while nobody looks: in the titles of hidden tabs and, where the user wants that, by
// notifications of the desktop. Of several hidden tabs one follows the events, and tells the others.

const FOLLOWER = "invotify-follower"; // held by the hidden tab that follows
const FOCUSED = "invotify-focused"; // held by the tab that somebody looks at

const TITLE_CHANGES = new Set([
  "PAYMENT_RECEIVED",
  "PAYMENT_FAILED",
  "QUOTE_ACCEPTED",
  "QUOTE_DECLINED",
  "QUESTION_ASKED",
]);
const PLACES = { invoice: "invoices", quote: "quotes", creditNote: "credit-notes" };

const title = document.title;
const news = new Set(); // the keys of what happened while the tab is hidden
const told = new Set(); // … and of all that some tab has told
const channel = "BroadcastChannel" in window ? new BroadcastChannel("invotify-news") : null;
const wanted = new Set(
  (document.querySelector("[data-desktop]")?.dataset.desktop ?? "").split(" ").filter(Boolean),
);
let unfocus = () => {};
let stopFollowing = () => {};

// What an event is news of, if it is: the name that the user's choice has for it.
function newsOf(event) {
  const { view, change, invoice, cursor, sentence } = event;
  const [kind, place] =
    Object.entries(PLACES).find(([name]) => event[name]) ?? Object.entries(PLACES)[0];
  const url = `/dashboard/${place}/${event[kind]?.id}`;
  if (view) {
    const isFirst = invoice.viewStats.viewCount === 1;
    return { key: `view-${cursor}`, sentence, url, name: isFirst ? "INVOICE_VIEWED" : null };
  }
  if (TITLE_CHANGES.has(change)) return { key: `event-${cursor}`, sentence, url, name: change };
  if (change === "READ" && invoice?.viewStats.readCount === 1) {
    return { key: `event-${cursor}`, sentence, url, name: "INVOICE_READ", isQuiet: true };
  }
  return null;
}

export async function tell(event) {
  const item = newsOf(event);
  if (!item || told.has(item.key)) return;
  told.add(item.key);
  if (document.hasFocus() || (await isFocusedElsewhere())) return;
  channel?.postMessage(item);
  count(item);
  notify(item);
}

function count({ key, isQuiet }) {
  if (!document.hidden || isQuiet) return;
  news.add(key);
  document.title = `(${news.size}) ${title}`;
}

function notify({ key, name, sentence, url }) {
  if (!wanted.has(name) || window.Notification?.permission !== "granted") return;
  const notification = new Notification("Invotify", { body: sentence, tag: key });
  notification.addEventListener("click", () => {
    notification.close();
    window.open(url);
  });
}

async function isFocusedElsewhere() {
  const locks = await navigator.locks?.query();
  return Boolean(locks?.held.some(({ name }) => name === FOCUSED));
}

function hold(name, onHeld = () => {}) {
  const request = new AbortController();
  let release = () => request.abort();
  navigator.locks
    .request(name, { signal: request.signal }, () => {
      onHeld();
      return new Promise((resolve) => (release = resolve));
    })
    .catch(() => {}); // given up before it was held
  return () => release();
}

function focus() {
  unfocus();
  if (document.hasFocus() && navigator.locks) unfocus = hold(FOCUSED);
}

// Calls `follow` as soon as this is the hidden tab that follows the events for all. Until then and
// without the means to agree on one, none of them does.
export function followForAll(follow) {
  stopFollowing();
  if (navigator.locks && channel) stopFollowing = hold(FOLLOWER, follow);
}

// Somebody looks at this tab, or it goes away.
export function stopFollowingForAll() {
  stopFollowing();
  stopFollowing = () => {};
  news.clear();
  document.title = title;
}

channel?.addEventListener("message", ({ data }) => {
  told.add(data.key);
  count(data);
});
window.addEventListener("focus", focus);
window.addEventListener("blur", () => unfocus());
window.addEventListener("pagehide", () => unfocus());
focus();
