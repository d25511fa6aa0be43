// Buttons that copy the text of the element in `data-copy`, or `data-value` where that is given.
// `data-copied` and `data-select` are what they say after that, if it isn't in English: on the button,
// or in the element in `data-status`.

/** Show such buttons in `root`. */
export function offerCopying(root) {
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}

/** Copy a text, and return whether the browser lets us. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function select(source) {
  if (source.select) source.select();
  else getSelection().selectAllChildren(source);
}

function say(button, text) {
  const label = (button.dataset.label ??= button.textContent);
  button.textContent = text;
  setTimeout(() => (button.textContent = label), 3_000);
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  const { copy, value, status, copied = "Copied", select: toSelect = "Press Ctrl+C or ⌘C" } = button.dataset;
  const around = button.closest("dialog") ?? document;
  const source = around.querySelector(copy);
  const isCopied = await copyText(value ?? source.value ?? source.textContent.trim());
  if (!isCopied) select(source);
  const text = isCopied ? copied : toSelect;
  if (status) around.querySelector(status).textContent = text;
  else say(button, text);
});
offerCopying(document);
