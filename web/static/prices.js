// Shows what a document comes to while someone types. The server computes it, by the rules by which it
// saves the document: the form is sent as it is, and the answer replaces the amounts on the page.

import "./lines.js";

const PATH = "/dashboard/drafts/price";
const DELAY = 250; // milliseconds after the last key
const RETRY = 5_000; // milliseconds

const form = document.getElementById("editor");
let timer;
let request = null; // the one whose answer counts

/** Ask for prices soon; an answer that is still under way no longer counts. */
export function updatePrices(delay = DELAY) {
  clearTimeout(timer);
  request?.abort();
  timer = setTimeout(load, delay);
}

async function load() {
  request = new AbortController();
  const { signal } = request;
  try {
    const response = await fetch(PATH, { method: "POST", body: new URLSearchParams(new FormData(form)), signal, redirect: "manual" });
    if (!response.ok) throw new Error(`The server answered with ${response.status}.`);
    show(new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch {
    // Signed out, offline or too often: the amounts stay as they are for now.
    if (!signal.aborted) timer = setTimeout(load, RETRY);
  }
}

function show(page) {
  for (const id of ["price", "price-notes"]) {
    const [shown, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (shown.innerHTML !== fresh.innerHTML) shown.replaceChildren(...fresh.childNodes);
  }
  const outputs = document.querySelectorAll("#lines > .line > output");
  for (const [index, amount] of page.querySelectorAll("#line-amounts > li").entries()) {
    if (outputs[index]) outputs[index].value = amount.textContent;
  }
  const total = document.querySelector("#price [data-total]").textContent;
  for (const element of document.querySelectorAll("[data-shows-total]")) element.textContent = total;
}

form.addEventListener("input", () => updatePrices());
