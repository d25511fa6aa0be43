// The list of invoices, whose badges, statuses and feed follow live events.

import { badgeOf, keepMarksCurrent, setBadge } from "./badges.js";
import { follow } from "./live.js";
import { setTime, SOURCES } from "./times.js";

const MAX_FEED_ITEMS = 20;
const STATUSES = {
  DRAFT: ["Draft", "is-draft"],
  ISSUED: ["Issued", "is-info"],
  PARTIALLY_PAID: ["Part paid", "is-info"],
  PAID: ["Paid", "is-good"],
  CANCELLED: ["Cancelled", ""],
};
const READER_ACTIONS = new Set(["READ", "PDF_DOWNLOADED", "PAY_CLICKED"]); // which change no row
const OVERDUE = { ISSUED: ["Overdue", "is-bad"], PARTIALLY_PAID: ["Part paid, overdue", "is-bad"] };

function onOpen({ view, invoice }) {
  const badge = badgeOf(invoice.id);
  if (badge) setBadge(badge, invoice.viewStats);
  addToFeed(view, invoice);
}

function addToFeed(view, invoice) {
  const item = document.getElementById("open").content.cloneNode(true);
  const link = item.querySelector("a");
  link.href = `/dashboard/invoices/${invoice.id}`;
  link.firstElementChild.textContent = invoice.number;
  item.querySelector(".c-who").textContent = invoice.customer.name;
  item.querySelector(".source").textContent = SOURCES[view.source];
  setTime(item.querySelector("time"), view.viewedAt);
  const feed = document.getElementById("feed");
  feed.prepend(item);
  while (feed.children.length > MAX_FEED_ITEMS) feed.lastElementChild.remove();
  document.getElementById("no-opens").hidden = true;
}

function onUpdate({ change, invoice }) {
  if (!invoice || READER_ACTIONS.has(change)) return;
  const row = document.querySelector(`[data-invoice="${CSS.escape(invoice.id)}"]`);
  if (!row) {
    document.getElementById("news").hidden = false;
    return;
  }
  const status = row.querySelector("[data-status]");
  const [text, look] = (invoice.isOverdue ? OVERDUE : STATUSES)[invoice.status];
  status.className = `pill ${look}`;
  status.textContent = text;
  row.querySelector("[data-due]").textContent = invoice.amountDue.formatted;
}

keepMarksCurrent();
follow({ onOpen, onUpdate });
