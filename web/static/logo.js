// Rejects a file that is too large before it is uploaded.

const input = document.querySelector("#logo");
const most = Number(input.dataset.most); // bytes

input.addEventListener("change", () => {
  const isTooLarge = [...input.files].some((file) => file.size > most);
  input.setCustomValidity(isTooLarge ? `This file is larger than ${most / 2 ** 20} MB. Choose a smaller one.` : "");
  input.reportValidity();
});
