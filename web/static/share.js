// Sharing a document: its PDF goes to the device's share sheet. Where files can't be shared, the PDF
// is downloaded and the app that the client picks is opened with the text and the link.

const share = document.querySelector("#share");
const link = document.querySelector("#link");
const copy = document.querySelector("#copy");
const status = document.querySelector("#share-status");
const download = document.querySelector('a[type="application/pdf"]');
const { text, again } = share.dataset;
const type = "application/pdf";
const patience = 20_000; // milliseconds in which the PDF must have come
let file = null;

function canShareFiles() {
  const probe = new File([""], "probe.pdf", { type });
  return Boolean(navigator.canShare?.({ files: [probe] }));
}

/** The PDF under its own name, fetched once. */
async function pdf() {
  const response = await fetch(new URL(download.href).pathname, { signal: AbortSignal.timeout(patience) });
  if (!response.ok) throw new Error(`The PDF answers with ${response.status}.`);
  const header = response.headers.get("content-disposition") ?? "";
  const [, name] = /filename\*=UTF-8''([^;]+)/.exec(header) ?? [];
  return new File([await response.blob()], name ? decodeURIComponent(name) : "document.pdf", { type });
}

async function shareFile() {
  status.textContent = "";
  share.open = false;
  try {
    file ??= await pdf();
    await navigator.share({ files: [file], title: text, text, ...(link && { url: link.value }) });
  } catch (error) {
    if (error.name === "AbortError") return; // closed by the client
    // The browser wants a new click if the PDF took longer than the last one counts.
    const isLate = file && error.name === "NotAllowedError";
    if (isLate) status.textContent = again;
    if (link) share.open = true;
    else if (!isLate) save();
  }
}

async function copyText(what) {
  try {
    await navigator.clipboard.writeText(what);
    return true;
  } catch {
    return false;
  }
}

function save() {
  const anchor = document.createElement("a");
  anchor.href = new URL(download.href).pathname;
  anchor.download = "";
  anchor.click();
}

/** A link that opens an app with the text and the link of the page, and saves the PDF. */
function way(name, href, before = () => {}) {
  const anchor = document.createElement("a");
  Object.assign(anchor, { className: "button", href, textContent: name, target: "_blank", rel: "noopener" });
  anchor.addEventListener("click", () => {
    before();
    save();
  });
  return anchor;
}

async function pasteInSlack() {
  if (await copyText(`${text}\n${link.value}`)) status.textContent = status.dataset.paste;
}

function offerApps() {
  const [words, url] = [text, link.value].map(encodeURIComponent);
  copy.after(
    way("WhatsApp", `https://wa.me/?text=${words}%0A${url}`),
    way("Telegram", `https://t.me/share/url?url=${url}&text=${words}`),
    way("Slack", "slack://open", pasteInSlack), // it takes no text from outside
  );
}

if (canShareFiles()) {
  share.hidden = false;
  (link ? share.querySelector("summary") : share).addEventListener("click", (event) => {
    event.preventDefault();
    shareFile();
  });
}
if (link) {
  offerApps();
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    const isCopied = await copyText(link.value);
    if (!isCopied) link.select();
    status.textContent = isCopied ? copy.dataset.copied : copy.dataset.select;
  });
  share.querySelector('a[href^="mailto:"]').addEventListener("click", save);
  share.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !share.open) return;
    share.open = false;
    share.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!share.contains(event.target)) share.open = false;
  });
}
