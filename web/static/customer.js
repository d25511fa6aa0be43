// The customer of an invoice or a quote that is being written: one who is found, or a new one.

import { CustomerField } from "./customers.js";

const form = document.getElementById("editor");
const newCustomer = document.getElementById("new-customer");
const newName = form.elements.new_name;

/** Give empty lines, and those that are added, the taxes that the customer usually has. */
function useTaxes(customer) {
  const template = document.getElementById("blank-line").content.firstElementChild;
  for (const line of [template, ...document.querySelectorAll("#lines > .line")]) {
    const isEmpty = ["description", "unit_price"].every((name) => !line.querySelector(`[name=${name}]`).value.trim());
    if (!isEmpty) continue;
    for (const name of ["tax_rate", "tax_name", "tax_category"]) line.querySelector(`[name=${name}]`).value = customer[name];
    line.querySelector("[name=tax_rate]").setAttribute("value", customer.tax_rate);
  }
}

function onChoose(customer) {
  newName.value = "";
  newCustomer.open = false;
  useTaxes(customer);
}

function onNew(name) {
  field.clear();
  newCustomer.open = true;
  if (name) newName.value = name;
  newName.focus();
  newName.dispatchEvent(new Event("input", { bubbles: true }));
}

const field = new CustomerField(form.querySelector("select[name=customer]"), { onChoose, onNew });
document.getElementById("customer-search").remove();
document.getElementById("new-button").addEventListener("click", (event) => {
  event.preventDefault();
  onNew("");
});
form.addEventListener("restored", () => field.showChosen());
