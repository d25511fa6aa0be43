// The page of an invoice, which refreshes when the invoice is opened or updated.

import { keepMarksCurrent } from "./badges.js";
import { follow } from "./live.js";
import { refresh } from "./refresh.js";

const { document: invoiceId } = document.body.dataset;

function onEvent({ invoice }) {
  if (invoice?.id === invoiceId) refresh();
}

keepMarksCurrent();
follow({ onOpen: onEvent, onUpdate: onEvent });
