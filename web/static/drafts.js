// Keeps what was typed: on the server as soon as the draft is complete, and until then in this browser,
// for this user, until they sign out (`page.js`). So the back button, a reload and a session that has
// ended lose nothing.

import { keyOf, remember } from "./kept.js";
import { setLineCount } from "./lines.js";
import { updatePrices } from "./prices.js";

const DELAY = 1_500; // milliseconds after the last key
const form = document.getElementById("editor");
const state = document.getElementById("draft-state");
const changed = document.getElementById("changed");
const customer = form.querySelector("select[name=customer]");
const NOT_KEPT = ["form_token", "do", "find"];
const NOT_TYPED = ["idempotency_key", "version"];
const time = new Intl.DateTimeFormat(document.documentElement.dataset.locale, { timeStyle: "short" });

let timer;
let saving = null; // a promise while a save is under way
let hasChanges = false;
let isLeaving = false;
let number = state.querySelector("bdi")?.textContent ?? "";

const key = () => keyOf(form.dataset.owner);

function say(text) {
  state.replaceChildren(Object.assign(document.createElement("bdi"), { textContent: number }), ` · ${text}`);
}

function entries() {
  return [...new FormData(form)].filter(([name]) => !NOT_KEPT.includes(name));
}

/** What was typed, as a text to compare. */
function typed(pairs) {
  return JSON.stringify(pairs.filter(([name]) => !NOT_TYPED.includes(name)));
}

function keep() {
  const kept = JSON.stringify({ at: Date.now(), entries: entries(), customer: customer.selectedOptions[0]?.text });
  try {
    localStorage.setItem(key(), kept);
  } catch {
    // Storage is full or turned off: the server still gets the draft.
  }
}

function forget() {
  localStorage.removeItem(key());
}

/** Fill the form in with what was kept, and say so. */
function restore() {
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(key()));
  } catch {
    forget();
  }
  if (!kept || !("fresh" in form.dataset)) return;
  if (typed(kept.entries) === typed(entries())) {
    forget();
    return;
  }
  const values = group(kept.entries);
  setLineCount((values.get("description") ?? []).length);
  for (const element of form.elements) {
    if (!element.name || NOT_KEPT.includes(element.name) || element.matches("button")) continue;
    const [, value] = values.get(element.name)?.shift() ?? [];
    if (element.type === "checkbox") element.checked = value !== undefined;
    else if (element === customer && value) choose(value, kept.customer);
    else element.value = value ?? "";
  }
  for (const details of form.querySelectorAll("details")) {
    details.open ||= [...details.querySelectorAll("input, textarea")].some((input) => input.value);
  }
  hasChanges = true;
  say(`restored what you typed at ${time.format(kept.at)}`);
  state.append(" ", discard());
  form.dispatchEvent(new Event("restored"));
  updatePrices(0);
}

function group(pairs) {
  const values = new Map();
  for (const pair of pairs) values.set(pair[0], [...(values.get(pair[0]) ?? []), pair]);
  return values;
}

/** Choose a customer, who may have been found by a search. */
function choose(id, name) {
  customer.value = id;
  if (customer.value !== id) customer.add(new Option(name, id, true, true));
}

function discard() {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: "Discard" });
  button.addEventListener("click", () => {
    leave();
    forget();
    location.reload();
  });
  return button;
}

function leave() {
  isLeaving = true;
  clearTimeout(timer);
}

async function save() {
  if (!hasChanges || isLeaving) return;
  hasChanges = false;
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "autosave");
  try {
    const response = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (response.type === "opaqueredirect") sayEnded();
    else if (response.ok) await learn(response);
    else if (response.status === 404) sayGone();
    else throw new Error(`The server answered with ${response.status}.`);
  } catch {
    hasChanges = true;
    say("kept in this browser, because the server isn't answering");
    timer = setTimeout(start, 4 * DELAY);
  }
}

async function learn(response) {
  const answer = await response.json();
  if (answer.saved) {
    form.elements.version.value = answer.version;
    if (!hasChanges) forget();
    moveTo(answer.url);
    if (hasChanges) keep();
    say(`draft saved ${time.format(new Date())}`);
  } else if (answer.changed) {
    changed.querySelector("[data-discard]").href = form.action;
    changed.hidden = false;
    leave();
    say("not saved");
  } else {
    say("kept in this browser, not saved yet");
  }
}

/** From now on, the page is that of the draft, also for the back button and a reload. */
function moveTo(url) {
  if (location.pathname === url) return;
  forget();
  history.replaceState(history.state, "", url);
  form.action = url;
}

function sayEnded() {
  const link = Object.assign(document.createElement("a"), {
    href: `/dashboard/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`,
    textContent: "Sign in again",
  });
  say("kept in this browser. ");
  state.append(link, " to save it.");
}

/** Someone has deleted the draft, so there is nothing to save to any more. */
function sayGone() {
  leave();
  say("not saved, because this draft was deleted");
}

function start() {
  clearTimeout(timer);
  const pending = (saving ?? Promise.resolve()).then(save);
  saving = pending;
  pending.finally(() => {
    if (saving === pending) saving = null;
  });
}

form.addEventListener("input", () => {
  if (isLeaving) {
    keep();
    return;
  }
  hasChanges = true;
  keep();
  clearTimeout(timer);
  timer = setTimeout(start, DELAY);
});

// A save that is under way is waited for, so that the form knows the draft that it has made.
form.addEventListener("submit", async (event) => {
  const button = event.submitter;
  clearTimeout(timer);
  keep();
  remember(key());
  if (saving) {
    event.preventDefault();
    await saving;
    leave();
    form.requestSubmit(button);
    return;
  }
  leave();
});

changed.addEventListener("click", (event) => {
  if (event.target.matches("[data-discard]")) forget();
});

restore();
