// Shows what a form with `data-preview` would do while it is being filled in: sends it with
// `preview=yes`, which saves nothing, and puts the parts of the answer that are marked `data-part`
// into the page. Without scripts, the form's `preview` button does the same with the whole page.

const DELAY = 300; // milliseconds after the last change

let timer = 0;
let request; // the one whose answer counts

async function preview(form) {
  request = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  body.set("preview", "yes");
  const response = await fetch(form.action, { method: "POST", body, signal: request.signal });
  if (!response.ok) return; // something is wrong, which saving says
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of form.querySelectorAll("[data-part]")) {
    const fresh = page.getElementById(part.id);
    if (!fresh) continue;
    part.hidden = fresh.hidden;
    if (fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
  }
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest?.("form[data-preview]");
  if (!form) return;
  clearTimeout(timer);
  request?.abort();
  timer = setTimeout(() => preview(form).catch(() => {}), DELAY); // the last preview stays
});

/** Hide the buttons in `root` that do by hand what happens by itself. */
export function hidePreviewButtons(root) {
  for (const button of root.querySelectorAll("form[data-preview] [name=preview]")) button.hidden = true;
}

hidePreviewButtons(document);

// E-mails are shown in a frame, which the form's Preview button sends them to.
for (const button of document.querySelectorAll("form[data-live] [formtarget]")) {
  let timer;
  button.form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => button.form.requestSubmit(button), DELAY);
  });
}

// Colour pickers that fill in the text input named by `data-fills`, and follow it.
for (const picker of document.querySelectorAll("[data-fills]")) {
  const input = document.getElementById(picker.dataset.fills);
  picker.hidden = false;
  picker.addEventListener("input", () => {
    input.value = picker.value;
  });
  input.addEventListener("input", () => {
    if (/^#[0-9a-f]{6}$/i.test(input.value.trim())) picker.value = input.value.trim();
  });
}
