// Turns the list of customers into a field that finds them while someone types: a combobox with a list,
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/. The list itself stays in the form, out of sight,
// and has the customer that was chosen.

const PATH = "/dashboard/drafts/customers";
const DELAY = 150; // milliseconds after the last key

const form = document.getElementById("editor");
const select = form.querySelector("select[name=customer]");
const newCustomer = document.getElementById("new-customer");
const newName = form.elements.new_name;
const list = Object.assign(document.createElement("ul"), { id: "customer-list", className: "options", role: "listbox", hidden: true });
const input = Object.assign(document.createElement("input"), { autocomplete: "off", spellcheck: false, role: "combobox" });
let timer;
let request = null;
let found = [];
let active = -1;

function takeOver() {
  for (const name of ["id", "aria-invalid", "aria-describedby"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    select.removeAttribute(name);
  }
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  input.placeholder = "Type a name";
  list.setAttribute("aria-label", "Customers");
  const hadFocus = document.activeElement === select;
  select.before(input);
  select.hidden = true;
  select.closest(".affix").after(list);
  document.getElementById("customer-search").remove();
  if (hadFocus) input.focus();
  showChosen();
}

function showChosen() {
  input.value = select.value ? select.selectedOptions[0].text : "";
}

function close() {
  clearTimeout(timer);
  request?.abort();
  list.hidden = true;
  active = -1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function search(delay = DELAY) {
  clearTimeout(timer);
  request?.abort();
  timer = setTimeout(load, delay);
}

async function load() {
  request = new AbortController();
  const { signal } = request;
  const typed = select.value && input.value === select.selectedOptions[0].text ? "" : input.value.trim();
  try {
    const response = await fetch(`${PATH}?${new URLSearchParams({ q: typed })}`, { signal, redirect: "manual" });
    if (!response.ok) return;
    const { customers } = await response.json();
    if (document.activeElement === input) show(customers, typed);
  } catch {
    // Signed out, offline or too often: the next key tries again.
  }
}

function show(customers, typed) {
  found = customers;
  const options = customers.map((customer) => option(customer.name, customer.email));
  if (typed) options.push(option(`New customer “${typed}”`, null));
  list.replaceChildren(...options);
  list.hidden = options.length === 0;
  input.setAttribute("aria-expanded", String(!list.hidden));
  activate(-1);
}

function option(name, email) {
  const item = Object.assign(document.createElement("li"), { role: "option", textContent: name });
  item.dir = "auto";
  if (email) item.append(" ", Object.assign(document.createElement("span"), { className: "quiet", textContent: email }));
  return item;
}

function activate(index) {
  active = index;
  for (const [at, item] of [...list.children].entries()) {
    item.id = `customer-option-${at}`;
    item.setAttribute("aria-selected", String(at === index));
    if (at === index) item.scrollIntoView({ block: "nearest" });
  }
  if (index < 0) input.removeAttribute("aria-activedescendant");
  else input.setAttribute("aria-activedescendant", `customer-option-${index}`);
}

function choose(index) {
  if (index >= found.length) {
    enterNew(input.value.trim());
    return;
  }
  const customer = found[index];
  select.replaceChildren(new Option("", ""), new Option(customer.name, customer.id, true, true));
  newName.value = "";
  newCustomer.open = false;
  useTaxes(customer);
  close();
  showChosen();
  input.removeAttribute("aria-invalid");
  select.dispatchEvent(new Event("input", { bubbles: true }));
}

function enterNew(name) {
  close();
  select.value = "";
  input.value = "";
  newCustomer.open = true;
  if (name) newName.value = name;
  newName.focus();
  newName.dispatchEvent(new Event("input", { bubbles: true }));
}

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

function onKey(event) {
  const count = list.children.length;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list.hidden) search(0);
    else activate((active + (event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1) + count) % count);
  } else if (event.key === "Enter" && !list.hidden) {
    event.preventDefault();
    if (active >= 0) choose(active);
    else if (found.length > 0) choose(0);
  } else if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    close();
    showChosen();
  }
}

function onBlur() {
  close();
  if (!input.value.trim() && select.value) {
    select.value = "";
    select.dispatchEvent(new Event("input", { bubbles: true }));
  }
  showChosen();
}

takeOver();
input.addEventListener("input", (event) => {
  event.stopPropagation(); // what is typed here isn't part of the document
  search();
});
input.addEventListener("focus", () => input.select());
input.addEventListener("click", () => search(0));
input.addEventListener("keydown", onKey);
input.addEventListener("blur", onBlur);
list.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the focus in the field
list.addEventListener("click", (event) => {
  const item = event.target.closest("li");
  if (item) choose([...list.children].indexOf(item));
});
document.getElementById("new-button").addEventListener("click", (event) => {
  event.preventDefault();
  enterNew("");
});
form.addEventListener("restored", showChosen);
