// Keyboard shortcuts. `data-key` has the keys of a link or a button, such as "n", or "g i" for one after
// the other; `data-label` names it if its text doesn't. Further shortcuts are for lists. `?` opens a
// dialog with all of them, in which they can be turned off (WCAG 2.1.4).

const PAUSE = 1_500; // milliseconds between the keys of a shortcut
const SETTING = "shortcuts"; // in localStorage: "off", or nothing

const LISTS = [
  { keys: "/", label: "Search", find: () => document.querySelector("main [type=search]"), act: (field) => field.select() },
  { keys: "j", label: "Next row", find: () => rowFrom(1), act: (link) => link.focus() },
  { keys: "k", label: "Previous row", find: () => rowFrom(-1), act: (link) => link.focus() },
  { keys: "x", label: "Select row", find: () => currentBox(), act: (box) => box.click() },
];

let typed = "";
let timer = 0;
let dialog = null;

function rows() {
  return [...document.querySelectorAll("main .list tbody tr")].filter((row) => linkOf(row));
}

function linkOf(row) {
  return row.querySelector("a.who") ?? row.querySelector("th a, td a");
}

function currentRow() {
  return document.activeElement?.closest(".list tbody tr");
}

function rowFrom(step) {
  const all = rows();
  const index = all.indexOf(currentRow());
  const next = index === -1 ? all.at(step > 0 ? 0 : -1) : all[index + step];
  return next && linkOf(next);
}

function currentBox() {
  return currentRow()?.querySelector("[type=checkbox]");
}

// What the page itself has comes after the navigation, and wins.
function marked(keys) {
  return [...document.querySelectorAll(`[data-key="${CSS.escape(keys)}"]`)].at(-1);
}

function continues(keys) {
  return document.querySelector(`[data-key^="${CSS.escape(keys)} "]`) !== null;
}

function isTyping({ target }) {
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio])");
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.key.length !== 1) return;
  if (isTyping(event) || document.querySelector("dialog[open]") || isOff()) return;
  clearTimeout(timer);
  const keys = typed ? `${typed} ${event.key}` : event.key;
  typed = "";
  if (continues(keys)) {
    typed = keys;
    timer = setTimeout(() => (typed = ""), PAUSE);
  } else if (perform(keys)) {
    event.preventDefault();
  }
}

function perform(keys) {
  if (keys === "?") {
    open();
    return true;
  }
  const element = marked(keys);
  element?.click();
  const shortcut = LISTS.find((each) => each.keys === keys);
  const found = element ? null : shortcut?.find();
  if (found) shortcut.act(found);
  return Boolean(element ?? found);
}

function isOff() {
  return localStorage.getItem(SETTING) === "off";
}

function all() {
  const links = new Map([...document.querySelectorAll("[data-key]")].map((it) => [it.dataset.key, textOf(it)]));
  const others = rows().length || LISTS[0].find() ? LISTS.map(({ keys, label }) => [keys, label]) : [];
  return [...links, ...others, ["?", "Show shortcuts"]];
}

// Without icons, counts, and what only screen readers read.
function textOf({ dataset, childNodes }) {
  const texts = [...childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
  return dataset.label ?? texts.map((node) => node.textContent).join("").trim();
}

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function open() {
  dialog?.remove();
  const close = make("button", { type: "button", className: "plain close", ariaLabel: "Close", textContent: "×" });
  const list = make("dl", { className: "details" });
  for (const [keys, label] of all()) {
    const caps = keys.split(" ").flatMap((key) => [make("kbd", { textContent: key }), " "]);
    list.append(make("div", {}, make("dt", {}, ...caps), make("dd", { textContent: label })));
  }
  const box = make("input", { type: "checkbox", id: "shortcuts-on", checked: !isOff() });
  box.setAttribute("role", "switch");
  const choice = make("div", { className: "switch" }, make("label", { htmlFor: box.id, textContent: "Use keyboard shortcuts" }), box);
  dialog = make("dialog", {}, close, make("div", { className: "stack" }, make("h2", { id: "shortcuts-head", textContent: "Keyboard shortcuts" }), list, choice));
  dialog.setAttribute("aria-labelledby", "shortcuts-head");
  box.addEventListener("change", () => (box.checked ? localStorage.removeItem(SETTING) : localStorage.setItem(SETTING, "off")));
  close.addEventListener("click", () => dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

for (const button of document.querySelectorAll("[data-shortcuts]")) {
  button.hidden = false;
  button.addEventListener("click", open);
}
document.addEventListener("keydown", onKey);
