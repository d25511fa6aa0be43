// Finds the focused link or button again after its part of the page was replaced, by its URL.

export function selectorOf(element) {
  const url = element?.getAttribute("href") ?? element?.form?.getAttribute("action");
  if (!url) return null;
  const value = CSS.escape(url);
  return `:is(a[href="${value}"], form[action="${value}"] button)`;
}
