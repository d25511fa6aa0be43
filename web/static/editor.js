// The page on which an invoice or a quote is written.

import "./prices.js";
import "./customer.js";
import "./drafts.js";

const form = document.getElementById("editor");

/** Show a field only while it matters, and empty it otherwise. */
function showWhile(field, isNeeded) {
  field.closest(".fields > div").hidden = !isNeeded;
  if (!isNeeded) field.value = "";
}

function update() {
  const { terms, last_day: lastDay, partial, minimum } = form.elements;
  if (terms) showWhile(lastDay, terms.value === "date");
  if (partial) showWhile(minimum, partial.checked);
}

form.addEventListener("input", update);
form.addEventListener("restored", update);
update();
