// A file that is too large is said to be so before it is sent.

const input = document.querySelector("#logo");
const most = Number(input.dataset.most); // bytes

input.addEventListener("change", () => {
  const isTooLarge = [...input.files].some((file) => file.size > most);
  input.setCustomValidity(isTooLarge ? `The image's file is larger than ${most / 2 ** 20} MiB.` : "");
  input.reportValidity();
});
