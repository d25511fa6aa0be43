// The list of invoices, whose badges follow opens, and whose rows follow what happens to invoices.

import { badgeOf, keepMarksCurrent, setBadge } from "./badges.js";
import { follow } from "./live.js";
import { refresh } from "./refresh.js";

const READER_ACTIONS = new Set(["READ", "PDF_DOWNLOADED", "PAY_CLICKED"]); // which change no row

function onOpen({ invoice }) {
  const badge = badgeOf(invoice.id);
  if (badge) setBadge(badge, invoice.viewStats);
}

function onUpdate({ change, invoice }) {
  if (!invoice || READER_ACTIONS.has(change)) return;
  const isHere = document.querySelector(`[data-invoice="${CSS.escape(invoice.id)}"]`);
  // What is selected stays selected.
  if (isHere && !document.querySelector("#rows :checked")) refresh();
  else document.getElementById("news").hidden = false;
}

keepMarksCurrent();
follow({ onOpen, onUpdate });
