// Shares a document: hands its PDF to the device's share sheet. Where files can't be shared, downloads
// the PDF and opens the chosen app with the text and the link.
//
// `data-share` marks the element with the options: `data-text`, `data-pdf`, and the messages for a PDF
// that arrives late (`data-again`) or not at all (`data-failed`). `data-sheet` marks the button that
// opens the share sheet.

import { copyText, offerCopying } from "./copy.js";

const type = "application/pdf";
const PDF_TIMEOUT = 20_000; // milliseconds

class Sharing {
  #root;
  #path;
  #file = null;
  #link;
  #status;

  constructor(root) {
    const around = root.closest("dialog") ?? document;
    this.#link = around.querySelector("#link");
    this.#status = around.querySelector("#share-status");
    this.#root = root;
    this.#path = new URL(root.dataset.pdf, location.href).pathname;
  }

  offer() {
    if (canShareFiles()) this.#offerSheet();
    if (this.#link) this.#offerApps();
  }

  #offerSheet() {
    const root = this.#root;
    const button = root.matches("[data-sheet]") ? root : root.querySelector("[data-sheet]");
    button.hidden = false;
    button.addEventListener("click", (event) => {
      event.preventDefault();
      this.#shareFile();
    });
  }

  async #shareFile() {
    const { text, again, failed = "" } = this.#root.dataset;
    this.#status.textContent = "";
    this.#open(false);
    try {
      this.#file ??= await this.#pdf();
      const url = this.#link && { url: this.#link.value };
      await navigator.share({ files: [this.#file], title: text, text, ...url });
    } catch (error) {
      if (error.name === "AbortError") return; // closed by the reader
      // If the PDF took too long, the browser no longer counts the click and wants a new one.
      const isLate = this.#file && error.name === "NotAllowedError";
      this.#status.textContent = isLate ? again : failed;
      if (this.#link) this.#open(true);
      else if (!isLate) this.#save();
    }
  }

  /** Show or hide the other ways to share, unless they always show. */
  #open(isOpen) {
    if (this.#root.matches("details")) this.#root.open = isOpen;
  }

  /** The PDF as a file with its own name. */
  async #pdf() {
    const response = await fetch(this.#path, { signal: AbortSignal.timeout(PDF_TIMEOUT) });
    if (!response.ok) throw new Error(`Fetching the PDF failed with ${response.status}.`);
    const header = response.headers.get("content-disposition") ?? "";
    const [, name] = /filename\*=UTF-8''([^;]+)/.exec(header) ?? [];
    const content = [await response.blob()];
    return new File(content, name ? decodeURIComponent(name) : "document.pdf", { type });
  }

  #save() {
    const anchor = document.createElement("a");
    anchor.href = this.#path;
    anchor.download = "";
    anchor.click();
  }

  #offerApps() {
    const [words, url] = [this.#root.dataset.text, this.#link.value].map(encodeURIComponent);
    const mail = this.#root.querySelector('a[href^="mailto:"]');
    mail.before(
      this.#appLink("WhatsApp", `https://wa.me/?text=${words}%0A${url}`),
      this.#appLink("Telegram", `https://t.me/share/url?url=${url}&text=${words}`),
      this.#appLink("Slack", "slack://open", () => this.#copyForSlack()), // its links can't contain a text
    );
    mail.addEventListener("click", () => this.#save());
  }

  /** A link that opens an app with the text and link of the document, and downloads the PDF. */
  #appLink(name, href, before = () => {}) {
    const anchor = document.createElement("a");
    Object.assign(anchor, { className: "button small", href, textContent: name, target: "_blank", rel: "noopener" });
    anchor.addEventListener("click", () => {
      before();
      this.#save();
    });
    return anchor;
  }

  async #copyForSlack() {
    const isCopied = await copyText(`${this.#root.dataset.text}\n${this.#link.value}`);
    if (isCopied) this.#status.textContent = this.#status.dataset.paste;
  }
}

function canShareFiles() {
  const probe = new File([""], "probe.pdf", { type });
  return Boolean(navigator.canShare?.({ files: [probe] }));
}

// Escape and a click elsewhere close a menu.
document.addEventListener("keydown", ({ key, target }) => {
  const menu = key === "Escape" && target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});

/** Set up sharing in `root`, if it has any. */
export function offerSharing(root) {
  const share = root.querySelector("[data-share]");
  if (share) new Sharing(share).offer();
  offerCopying(root);
}

offerSharing(document);
