// Reports to the business what the reader of an invoice does, as the page's privacy note says.
// `data-reports` is the address on the body, and the action on links and forms.

const READ_AFTER = 3_000; // milliseconds for which the page is visible
const reported = new Set();
let timer = 0;

function report(action) {
  if (!action || reported.has(action)) return;
  reported.add(action);
  navigator.sendBeacon(document.body.dataset.reports, new URLSearchParams({ action }));
}

function waitForReader() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(report, READ_AFTER, "READ");
}

document.addEventListener("visibilitychange", waitForReader);
document.addEventListener("click", ({ target }) => {
  report(target.closest?.("a[data-reports]")?.dataset.reports);
});
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) report(event.target.dataset.reports);
});
waitForReader();
