// What holds the focus is found again after the page around it was renewed: by where it leads to.

export function selectorOf(element) {
  const url = element?.getAttribute("href") ?? element?.form?.getAttribute("action");
  if (!url) return null;
  const value = CSS.escape(url);
  return `:is(a[href="${value}"], form[action="${value}"] button)`;
}
