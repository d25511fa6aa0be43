// The field for a part payment: checks the amount while it is typed, and fills in the full amount.
// The server has the last word, and reads more spellings. What is unclear here is left to it.

const field = document.querySelector("#amount");
const hint = document.querySelector("#amount-hint");
const all = document.querySelector("#pay-all");
const { exponent, decimal, below, above, near } = hint.dataset;
const [minimum, maximum, remaining, minRemainder] = ["minimum", "maximum", "remaining", "minRemainder"]
  .map((name) => BigInt(hint.dataset[name]));

/** The amount in a text, in minor units, or null if it is ambiguous. */
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

/** The error for an amount, or "" if it can be paid. */
function errorFor(minor) {
  if (minor === null) return "";
  if (minor < minimum) return below;
  if (minor > maximum) return above;
  return minor < remaining && remaining - minor < minRemainder ? near : "";
}

function showError(message) {
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

function toggleFullAmount() {
  all.hidden = field.value === all.dataset.amount;
}

field.addEventListener("input", () => {
  // An amount that is too small may still grow as someone types. One that is too large can't shrink.
  const message = errorFor(parse(field.value));
  showError(message === below ? "" : message);
  toggleFullAmount();
});
field.addEventListener("change", () => showError(errorFor(parse(field.value))));
field.form.addEventListener("submit", (event) => {
  const message = errorFor(parse(field.value));
  if (!message) return;
  event.preventDefault();
  showError(message);
  field.focus();
});
all.addEventListener("click", () => {
  field.value = all.dataset.amount;
  showError("");
  toggleFullAmount();
  field.focus();
});
toggleFullAmount();
