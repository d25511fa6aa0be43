// Turns a list of customers, `select[data-customers]`, into a field that finds them while someone types:
// a combobox with a list, https://www.w3.org/WAI/ARIA/apg/patterns/combobox/. The list itself stays in
// the form, out of sight, and has the customer that was chosen.

const PATH = "/dashboard/drafts/customers";
const DELAY = 150; // milliseconds after the last key

export class CustomerField {
  input = Object.assign(document.createElement("input"), { autocomplete: "off", spellcheck: false, role: "combobox" });
  #select;
  #list = Object.assign(document.createElement("ul"), { className: "options", role: "listbox", hidden: true });
  #onChoose;
  #onNew;
  #timer;
  #request = null;
  #found = [];
  #active = -1;

  /** `onChoose` gets what is known of a customer; with `onNew`, a name can be that of a new one. */
  constructor(select, { onChoose = () => {}, onNew = null } = {}) {
    this.#select = select;
    this.#onChoose = onChoose;
    this.#onNew = onNew;
    this.#takeOver();
    this.#listen();
    this.showChosen();
  }

  showChosen() {
    this.input.value = this.#chosen ?? "";
  }

  /** Forget the customer. */
  clear() {
    this.#close();
    this.#select.value = "";
    this.input.value = "";
  }

  get #chosen() {
    return this.#select.value ? this.#select.selectedOptions[0].text : null;
  }

  #takeOver() {
    const { input } = this;
    const [select, list] = [this.#select, this.#list];
    list.id = `${select.id}-list`;
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
    (select.closest(".affix") ?? select).after(list);
    if (hadFocus || select.autofocus) input.focus();
  }

  #listen() {
    const { input } = this;
    const list = this.#list;
    input.addEventListener("input", (event) => {
      event.stopPropagation(); // what is typed here isn't part of the form
      this.#search();
    });
    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => this.#search(0));
    input.addEventListener("keydown", (event) => this.#onKey(event));
    input.addEventListener("blur", () => this.#onBlur());
    list.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the focus in the field
    list.addEventListener("click", (event) => {
      const item = event.target.closest("li");
      if (item) this.#choose([...list.children].indexOf(item));
    });
  }

  #close() {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#list.hidden = true;
    this.#active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  #search(delay = DELAY) {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#timer = setTimeout(() => this.#load(), delay);
  }

  async #load() {
    this.#request = new AbortController();
    const { signal } = this.#request;
    const typed = this.input.value === this.#chosen ? "" : this.input.value.trim();
    try {
      const response = await fetch(`${PATH}?${new URLSearchParams({ q: typed })}`, { signal, redirect: "manual" });
      if (!response.ok) return;
      const { customers } = await response.json();
      if (document.activeElement === this.input) this.#show(customers, typed);
    } catch {
      // Signed out, offline or too often: the next key tries again.
    }
  }

  #show(customers, typed) {
    this.#found = customers;
    const options = customers.map((customer) => option(customer.name, customer.email));
    if (typed && this.#onNew) options.push(option(`New customer “${typed}”`, null));
    this.#list.replaceChildren(...options);
    this.#list.hidden = options.length === 0;
    this.input.setAttribute("aria-expanded", String(!this.#list.hidden));
    this.#activate(-1);
  }

  #activate(index) {
    this.#active = index;
    for (const [at, item] of [...this.#list.children].entries()) {
      item.id = `${this.input.id}-option-${at}`;
      item.setAttribute("aria-selected", String(at === index));
      if (at === index) item.scrollIntoView({ block: "nearest" });
    }
    if (index < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `${this.input.id}-option-${index}`);
  }

  #choose(index) {
    if (index >= this.#found.length) {
      this.#onNew(this.input.value.trim());
      return;
    }
    const customer = this.#found[index];
    this.#select.replaceChildren(new Option("", ""), new Option(customer.name, customer.id, true, true));
    this.#onChoose(customer);
    this.#close();
    this.showChosen();
    this.input.removeAttribute("aria-invalid");
    this.#select.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #onKey(event) {
    const count = this.#list.children.length;
    const isOpen = !this.#list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (isOpen) this.#activate((this.#active + (event.key === "ArrowDown" ? 1 : this.#active < 0 ? 0 : -1) + count) % count);
      else this.#search(0);
    } else if (event.key === "Enter" && isOpen) {
      event.preventDefault();
      if (this.#active >= 0) this.#choose(this.#active);
      else if (this.#found.length > 0) this.#choose(0);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      this.#close();
      this.showChosen();
    }
  }

  #onBlur() {
    this.#close();
    if (!this.input.value.trim() && this.#select.value) {
      this.#select.value = "";
      this.#select.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.showChosen();
  }
}

function option(name, email) {
  const item = Object.assign(document.createElement("li"), { role: "option", textContent: name });
  item.dir = "auto";
  if (email) item.append(" ", Object.assign(document.createElement("span"), { className: "quiet", textContent: email }));
  return item;
}

/** Turn the lists of customers in `root` into such fields. */
export function offerCustomers(root) {
  for (const select of root.querySelectorAll("select[data-customers]")) new CustomerField(select);
}

offerCustomers(document);
