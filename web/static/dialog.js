// Opens panels in a dialog over the current page. Each panel also has a page of its own, to which
// links and forms with `data-dialog` lead without scripts. The dialog also submits the panel's forms.
// When it closes after a submit, the document gets a "changed" event.

import { offerCustomers } from "./customers.js";
import { selectorOf } from "./focus.js";
import { hidePreviewButtons } from "./preview.js";
import { offerSharing } from "./share.js";
import { localise } from "./times.js";
import { countDown } from "./undo.js";

const OPENER = "dialog-opener"; // in sessionStorage: the selector, while the next page loads
const dialog = document.createElement("dialog");
const close = Object.assign(document.createElement("button"), { type: "button", className: "plain close", textContent: "×" });
const body = document.createElement("div");
let isBusy = false;
let opener = null; // a selector, since what was clicked may be replaced in the meantime
let hasSubmitted = false;

function isHere(url) {
  return new URL(url).pathname === location.pathname;
}

async function load(url, options) {
  if (isBusy) return;
  isBusy = true;
  dialog.setAttribute("aria-busy", "true");
  try {
    show(await parse(await fetch(url, options)));
  } catch {
    showError();
  }
  dialog.removeAttribute("aria-busy");
  isBusy = false;
}

async function parse(response) {
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const panel = page.querySelector(".panel");
  // What was entered stays in the dialog.
  if (!panel && response.status >= 500) throw new Error(`The server failed with ${response.status}.`);
  return { url: response.url, panel };
}

/** Show a panel. Without one, go to the page itself. */
function show({ url, panel }) {
  if (!panel) {
    if (opener) sessionStorage.setItem(OPENER, opener);
    location.assign(url);
    return;
  }
  for (const form of panel.querySelectorAll("form:not([action])")) form.action = url;
  hidePreviewButtons(panel);
  localise(panel);
  body.replaceChildren(panel);
  if (!dialog.open) dialog.showModal();
  (panel.querySelector("#error, #sent, [aria-invalid]") ?? panel.querySelector("h1")).focus();
  offerSharing(panel);
  offerCustomers(panel);
  countDown(panel);
}

/** On the page to which a dialog led, go on from where it was opened, or from the content. */
function resume() {
  const last = sessionStorage.getItem(OPENER);
  sessionStorage.removeItem(OPENER);
  if (!last || document.activeElement !== document.body) return;
  document.querySelector(last)?.focus({ preventScroll: true });
  if (document.activeElement === document.body) document.getElementById("main").focus({ preventScroll: true });
}

function showError() {
  const notice = document.createElement("p");
  Object.assign(notice, { className: "notice is-bad", role: "alert", textContent: "The server isn't answering. Please try again." });
  body.querySelector(":scope > .notice")?.remove();
  body.prepend(notice);
  if (!dialog.open) dialog.showModal();
}

function onClick(event) {
  const link = event.target.closest?.("a[data-dialog]");
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain) return;
  event.preventDefault();
  if (dialog.open && isHere(link.href)) {
    dialog.close();
    return;
  }
  remember(link);
  load(link.href);
}

function remember(element) {
  if (!dialog.open) opener = selectorOf(element);
}

async function onSubmit(event) {
  const form = event.target;
  const { submitter } = event;
  if (submitter?.formTarget) return; // into a frame
  if (!dialog.contains(form) && !form.matches("[data-dialog]")) return;
  event.preventDefault();
  remember(submitter);
  const headers = { accept: "text/html" }; // so that what was entered is kept if the session has ended
  await load(form.action, { method: "POST", headers, body: new URLSearchParams(new FormData(form, submitter)) });
  hasSubmitted = true;
}

function onClose() {
  body.replaceChildren();
  if (opener && document.activeElement === document.body) document.querySelector(opener)?.focus();
  if (hasSubmitted) document.dispatchEvent(new Event("changed"));
  hasSubmitted = false;
}

close.setAttribute("aria-label", "Close");
close.addEventListener("click", () => dialog.close());
dialog.setAttribute("aria-labelledby", "panel-head");
dialog.append(close, body);
dialog.addEventListener("close", onClose);
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close(); // the backdrop
});
document.body.append(dialog);
document.addEventListener("click", onClick);
document.addEventListener("submit", onSubmit);
resume();
