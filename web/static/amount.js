// The amount that a client types: says at once whether it can be paid, and fills in all of it.
// The server decides, and knows more ways to write a number. What isn't clear here is left to it.

const field = document.querySelector("#amount");
const hint = document.querySelector("#amount-hint");
const all = document.querySelector("#pay-all");
const { exponent, decimal, below, above, near } = hint.dataset;
const [least, most, left, rest] = ["least", "most", "left", "rest"].map((name) => BigInt(hint.dataset[name]));

/** The number in a text in minor units, or null if it is not clear which it is. */
function parse(text) {
  const plain = text.trim()
    .replace(/[\u200e\u200f\u061c\u2066-\u2069]/g, "")
    .replace(/[\u0660-\u0669]/g, (digit) => digit.codePointAt(0) - 0x660)
    .replace(/[\u06f0-\u06f9]/g, (digit) => digit.codePointAt(0) - 0x6f0)
    .replace(decimal, ".");
  const [, whole, decimals = ""] = /^(\d{1,15})(?:\.(\d+))?$/.exec(plain) ?? [];
  const isGroup = decimals.length === 3 && decimal !== ".";
  if (whole === undefined || decimals.length > Number(exponent) || isGroup) return null;
  return BigInt(whole + decimals.padEnd(Number(exponent), "0"));
}

/** Why an amount can't be paid, or "" if it can. */
function objection(minor) {
  if (minor === null) return "";
  if (minor < least) return below;
  if (minor > most) return above;
  return minor < left && left - minor < rest ? near : "";
}

function show(message) {
  let error = document.querySelector("#amount-error");
  if (!error) {
    error = document.createElement("p");
    error.id = "amount-error";
    error.className = "error";
    error.role = "alert";
    hint.before(error);
    field.setAttribute("aria-describedby", "amount-error amount-hint");
  }
  if (error.textContent !== message) error.textContent = message;
  error.hidden = !message;
  if (message) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

function offerAll() {
  all.hidden = field.value === all.dataset.amount;
}

field.addEventListener("input", () => {
  // Too little may become enough while somebody types on; too much does not.
  const message = objection(parse(field.value));
  show(message === below ? "" : message);
  offerAll();
});
field.addEventListener("change", () => show(objection(parse(field.value))));
field.form.addEventListener("submit", (event) => {
  const message = objection(parse(field.value));
  if (!message) return;
  event.preventDefault();
  show(message);
  field.focus();
});
all.addEventListener("click", () => {
  field.value = all.dataset.amount;
  show("");
  offerAll();
  field.focus();
});
offerAll();
