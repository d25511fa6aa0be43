// The boxes of a list's rows: how many are ticked, and one in its head that ticks them all.

const form = document.querySelector(".picks")?.closest("form");
const boxes = () => [...form.querySelectorAll(".picks tbody [type=checkbox]")];

function headBox() {
  const head = form.querySelector(".picks thead th");
  if (!head) return;
  const label = Object.assign(document.createElement("label"), { className: "tick" });
  const box = Object.assign(document.createElement("input"), { type: "checkbox" });
  const text = Object.assign(document.createElement("span"), { className: "vh", textContent: "Select all on this page" });
  label.append(box, text);
  head.replaceChildren(label);
}

function count() {
  const all = boxes();
  const ticked = all.filter((box) => box.checked).length;
  const isAll = form.querySelector("[name=all]")?.checked;
  form.querySelector("[data-selected]").textContent = isAll ? "All selected" : `${ticked} selected`;
  const head = form.querySelector(".picks thead [type=checkbox]");
  if (!head) return;
  head.checked = ticked > 0 && ticked === all.length;
  head.indeterminate = ticked > 0 && ticked < all.length;
}

if (form?.querySelector("[data-selected]")) {
  headBox();
  // The rows are replaced when something happens to them.
  new MutationObserver(() => form.querySelector(".picks thead [type=checkbox]") ?? headBox()).observe(form, {
    childList: true,
    subtree: true,
  });
  form.addEventListener("change", ({ target }) => {
    if (target.closest("thead")) boxes().forEach((box) => { box.checked = target.checked; });
    count();
  });
  count(); // browsers restore boxes after going back
}
