// The field for a part payment: checks the amount while it is typed, and puts it on the button.
// The server has the last word, and reads more spellings. What is unclear here is left to it.

const field = document.querySelector("#amount");
const hint = document.querySelector("#amount-hint");
const button = document.querySelector("#pay-part button span");
const part = document.querySelector(".pick [value='part']");
const { exponent, decimal, group, currency, pay, below, above, near } = hint.dataset;
const plainLabel = button.textContent;
const format = new Intl.NumberFormat(document.documentElement.lang, {
  style: "currency", currency, minimumFractionDigits: Number(exponent), maximumFractionDigits: Number(exponent),
});
const [minimum, maximum, remaining, minRemainder] = ["minimum", "maximum", "remaining", "minRemainder"]
  .map((name) => BigInt(hint.dataset[name]));

const GROUPED = new RegExp(`^[1-9]\\d{0,2}(?:[${group.trim() || "\\s"}]\\d{3})+(?=[${decimal}]|$)`);

/** The amount in a text, in minor units, or null if it is ambiguous. */
function parse(text) {
  const typed = text.trim()
    .replace(/[\u200e\u200f\u061c\u2066-\u2069]/g, "")
    .replace(/[\u0660-\u0669]/g, (digit) => digit.codePointAt(0) - 0x660)
    .replace(/[\u06f0-\u06f9]/g, (digit) => digit.codePointAt(0) - 0x6f0);
  // What has groups of thousands here could be decimals elsewhere, if the currency has so many.
  const isGrouped = GROUPED.test(typed) && !(Number(exponent) > 2 && /^\d+[.,]\d{3}$/.test(typed));
  const plain = (isGrouped ? typed.replace(GROUPED, (digits) => digits.replace(/\D/g, "")) : typed).replace(decimal, ".");
  const [, whole, decimals = ""] = /^(\d{1,15})(?:\.(\d+))?$/.exec(plain) ?? [];
  const isUnclear = decimals.length === 3 && decimal !== ".";
  if (whole === undefined || decimals.length > Number(exponent) || isUnclear) return null;
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
    error.append(document.createElement("span"));
    hint.before(error);
    field.setAttribute("aria-describedby", "amount-error amount-hint");
  }
  const text = error.querySelector("span");
  if (text.textContent !== message) text.textContent = message;
  error.hidden = !message;
  if (message) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

/** Put the amount on the button, if it can be paid. */
function nameAmount() {
  const minor = parse(field.value);
  const isPayable = minor !== null && !errorFor(minor);
  const amount = Number(minor ?? 0) / 10 ** Number(exponent);
  button.textContent = isPayable ? pay.replace("{}", format.format(amount)) : plainLabel;
}

field.addEventListener("input", () => {
  // An amount that is too small may still grow as someone types. One that is too large can't shrink.
  const message = errorFor(parse(field.value));
  showError(message === below ? "" : message);
  nameAmount();
});
field.addEventListener("change", () => showError(errorFor(parse(field.value))));
field.form.addEventListener("submit", (event) => {
  const message = errorFor(parse(field.value));
  if (!message) return;
  event.preventDefault();
  showError(message);
  field.focus();
});
part?.addEventListener("change", () => field.focus());
nameAmount();
