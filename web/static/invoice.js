// An invoice's page: its parts are shown anew when something happens to it.

import { keepMarks } from "./badges.js";
import { follow } from "./live.js";
import { look } from "./renewal.js";

const { invoice: invoiceId } = document.body.dataset;

function onEvent({ invoice }) {
  if (invoice.id === invoiceId) look();
}

keepMarks();
follow({ onOpen: onEvent, onUpdate: onEvent });
