// Keeps what a form says that it will do in line with what is entered. `data-effect` marks the form, and
// `#effect` is the part that the server renders anew.

const PAUSE = 400; // milliseconds without typing

let timer = 0;
let latest = 0;

async function update(form) {
  latest += 1;
  const mine = latest;
  const body = new URLSearchParams(new FormData(form));
  body.set("preview", "yes");
  const response = await fetch(form.action, { method: "POST", body }).catch(() => null);
  if (!response?.ok || mine !== latest) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const [part, fresh] = [form.querySelector("#effect"), page.querySelector("#effect")];
  if (!part || !fresh) return;
  const focused = part.contains(document.activeElement) ? document.activeElement.value : null;
  part.hidden = fresh.hidden;
  part.replaceChildren(...fresh.childNodes);
  if (focused !== null) part.querySelector(`[value="${CSS.escape(focused)}"]`)?.focus();
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest?.("form[data-effect]");
  if (!form || target.type === "radio") return;
  clearTimeout(timer);
  timer = setTimeout(() => update(form), PAUSE);
});

/** Hide the buttons in `root` that do by hand what happens by itself. */
export function hideUpdateButtons(root) {
  for (const button of root.querySelectorAll("[data-update]")) button.hidden = true;
}

hideUpdateButtons(document);
