// Keeps an empty line at the end of the form.

const lines = document.getElementById("lines");
const CONTENT = "[name=description], [name=quantity], [name=unit_price]";

// Units and taxes are filled in for a new line.
function isBlank(line) {
  return [...line.querySelectorAll(CONTENT)].every((field) => !field.value.trim());
}

function onInput() {
  const last = lines.lastElementChild;
  if (isBlank(last)) return;
  const fresh = last.cloneNode(true);
  for (const field of fresh.querySelectorAll(`${CONTENT}, [name=line_discount]`)) field.value = "";
  fresh.querySelector("select").value = last.querySelector("select").value; // cloning forgets it
  lines.append(fresh);
}

document.getElementById("more").remove();
lines.addEventListener("input", onInput);
onInput();
