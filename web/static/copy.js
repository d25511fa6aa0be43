// Buttons that copy the text of the element in `data-copy`, or `data-value` where that is given.
// `data-copied` and `data-select` are what they say after that, if it isn't in English.

for (const button of document.querySelectorAll("[data-copy]")) {
  const { value, copied = "Copied", select = "Press Ctrl+C or ⌘C" } = button.dataset;
  const source = document.querySelector(button.dataset.copy);
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(value ?? source.textContent.trim());
      button.textContent = copied;
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = select;
    }
    setTimeout(() => (button.textContent = label), 3_000);
  });
}
