// Shows a new logo before it is uploaded, and rejects a file that is too large.

const input = document.querySelector("#logo");
const canvas = document.querySelector("#new-logo");
const most = Number(input.dataset.most); // bytes
const SIZE = [300, 100]; // pixels at most, width and height

input.addEventListener("change", async () => {
  const [file] = input.files;
  const isTooLarge = file?.size > most;
  input.setCustomValidity(isTooLarge ? `This file is larger than ${most / 2 ** 20} MB. Choose a smaller one.` : "");
  input.reportValidity();
  canvas.hidden = true;
  if (!file || isTooLarge) return;
  try {
    draw(await createImageBitmap(file));
  } catch {
    // It isn't an image, which the server says.
  }
});

function draw(image) {
  const scale = Math.min(1, SIZE[0] / image.width, SIZE[1] / image.height);
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.hidden = false;
}
