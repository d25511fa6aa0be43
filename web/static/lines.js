// The lines of a document: adding, removing and moving them, and keeping one empty line at the end.
// Each change of the lines dispatches an "input" event on their list.

const list = document.getElementById("lines");
const blank = document.getElementById("blank-line").content.firstElementChild;
const CONTENT = ["description", "quantity", "unit_price"];

const lines = () => [...list.querySelectorAll(":scope > .line")];

function field(line, name) {
  return line.querySelector(`[name="${name}"]`);
}

/** Whether nothing was entered. Units and taxes are filled in for a new line. */
export function isBlank(line) {
  return CONTENT.every((name) => !field(line, name).value.trim());
}

/** Give each line its number: in ids, in what labels and errors refer to, and in what is read out. */
function renumber() {
  for (const [index, line] of lines().entries()) {
    line.querySelector("legend").textContent = `Line ${index + 1}`;
    for (const element of line.querySelectorAll("[id], [for], [aria-describedby], [aria-label], [value], .vh")) {
      for (const name of ["id", "for", "aria-describedby"]) renumberIn(element, name, /line-\d+-/g, `line-${index}-`);
      renumberIn(element, "aria-label", /^Line \d+/, `Line ${index + 1}`);
      if (element.matches("button")) renumberIn(element, "value", /-\d+$/, `-${index}`);
      if (element.matches(".vh:not(legend)")) element.textContent = element.textContent.replace(/line \d+/, `line ${index + 1}`);
    }
  }
}

function renumberIn(element, name, pattern, text) {
  const value = element.getAttribute(name);
  if (value) element.setAttribute(name, value.replace(pattern, text));
}

function changed() {
  renumber();
  list.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Add an empty line, by default at the end. */
export function addLine() {
  const line = blank.cloneNode(true);
  list.append(line);
  renumber();
  return line;
}

function remove(line) {
  const all = lines();
  const next = all[all.indexOf(line) + 1] ?? all[all.indexOf(line) - 1] ?? addLine();
  line.remove();
  changed();
  field(next, "description").focus();
}

function move(line, button, step) {
  const other = step < 0 ? line.previousElementSibling : line.nextElementSibling;
  if (!other) return;
  if (step < 0) other.before(line);
  else other.after(line);
  changed();
  button.focus();
}

function onClick(event) {
  const button = event.target.closest("button[name=do]");
  const [action] = button?.value.split("-") ?? [];
  const line = button?.closest(".line");
  if (action === "add") field(addLine(), "description").focus();
  else if (!line) return;
  else if (action === "remove") remove(line);
  else move(line, button, action === "up" ? -1 : 1);
  event.preventDefault();
}

/** Alt and an arrow move the line in which the focus is. */
function onKey(event) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const line = event.target.closest(".line");
  if (!step || !line || !event.altKey || event.target.matches("select")) return;
  event.preventDefault();
  move(line, event.target, step);
}

/** Put so many lines on the page, for values that are restored. */
export function setLineCount(count) {
  for (const line of lines().slice(Math.max(count, 1))) line.remove();
  while (lines().length < count) addLine();
  renumber();
}

const items = document.getElementById("items");
items.querySelector("[value=add] span").textContent = "Add line";
items.addEventListener("click", onClick);
list.addEventListener("keydown", onKey);
