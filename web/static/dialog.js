// Panels that have pages of their own are shown over the page before: what is marked `data-dialog`
// opens one, and its forms are sent from there. "changed" is told the document when a dialog closes
// in which something was sent.

import { selectorOf } from "./focus.js";
import { offerSharing } from "./share.js";
import { localise } from "./times.js";

const dialog = document.createElement("dialog");
const close = Object.assign(document.createElement("button"), { type: "button", className: "close", textContent: "×" });
const place = document.createElement("div");
let isBusy = false;
let opener = null; // a selector: what was clicked may be renewed meanwhile
let hasSent = false;

function isHere(url) {
  return new URL(url).pathname === location.pathname;
}

async function load(url, options) {
  if (isBusy) return;
  isBusy = true;
  dialog.setAttribute("aria-busy", "true");
  try {
    show(await pageOf(await fetch(url, options)));
  } catch {
    complain();
  }
  dialog.removeAttribute("aria-busy");
  isBusy = false;
}

async function pageOf(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { url: answer.url, panel: page.querySelector(".panel") };
}

/** Show a panel; where there is none, go to the page itself. */
function show({ url, panel }) {
  if (!panel) {
    location.assign(url);
    return;
  }
  for (const form of panel.querySelectorAll("form:not([action])")) form.action = url;
  localise(panel);
  place.replaceChildren(panel);
  if (!dialog.open) dialog.showModal();
  (panel.querySelector("#error, #sent, [aria-invalid]") ?? panel.querySelector("h1")).focus();
  offerSharing(panel);
}

function complain() {
  const notice = document.createElement("p");
  Object.assign(notice, { className: "notice error", role: "alert", textContent: "The server does not answer. Try again." });
  place.querySelector(":scope > .notice")?.remove();
  place.prepend(notice);
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
  if (!dialog.contains(form) && !form.matches("[data-dialog]")) return;
  event.preventDefault();
  remember(event.submitter);
  await load(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  hasSent = true;
}

function onClose() {
  place.replaceChildren();
  if (opener && document.activeElement === document.body) document.querySelector(opener)?.focus();
  if (hasSent) document.dispatchEvent(new Event("changed"));
  hasSent = false;
}

close.setAttribute("aria-label", "Close");
close.addEventListener("click", () => dialog.close());
dialog.className = "over";
dialog.setAttribute("aria-labelledby", "panel-head");
dialog.append(close, place);
dialog.addEventListener("close", onClose);
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close(); // the backdrop
});
document.body.append(dialog);
document.addEventListener("click", onClick);
document.addEventListener("submit", onSubmit);
