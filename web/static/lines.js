// Keeps an empty line at the end of the form.

const lines = document.getElementById("lines");

function isBlank(line) {
  return [...line.querySelectorAll("input, textarea")].every((field) => !field.value.trim());
}

function onInput() {
  const last = lines.lastElementChild;
  if (isBlank(last)) return;
  const fresh = last.cloneNode(true);
  for (const field of fresh.querySelectorAll("input, textarea")) field.value = "";
  lines.append(fresh);
}

document.getElementById("more").remove();
lines.addEventListener("input", onInput);
onInput();
