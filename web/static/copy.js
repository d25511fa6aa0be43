// Buttons that copy the text of the element in `data-copy`, or `data-value` where that is given.
// `data-copied` and `data-select` are what they say after that, if it isn't in English.

/** Show such buttons in `root`. */
export function offerCopying(root) {
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  const { value, copied = "Copied", select = "Press Ctrl+C or ⌘C" } = button.dataset;
  const source = document.querySelector(button.dataset.copy);
  const label = (button.dataset.label ??= button.textContent);
  try {
    await navigator.clipboard.writeText(value ?? source.textContent.trim());
    button.textContent = copied;
  } catch {
    getSelection().selectAllChildren(source);
    button.textContent = select;
  }
  setTimeout(() => (button.textContent = label), 3_000);
});
offerCopying(document);
