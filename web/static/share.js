// Sharing a document: its PDF goes to the device's share sheet. Where files can't be shared, the PDF
// is downloaded and the app that one picks is opened with the text and the link.
//
// What shares is marked with `data-share` and says how: `data-text`, `data-pdf`, and what is told of
// a PDF that came late or not at all. `data-sheet` marks what opens the share sheet.

const type = "application/pdf";
const patience = 20_000; // milliseconds in which the PDF must have come

class Sharing {
  #root;
  #path;
  #file = null;
  #link = document.querySelector("#link");
  #copy = document.querySelector("#copy");
  #status = document.querySelector("#share-status");

  constructor(root) {
    this.#root = root;
    this.#path = new URL(root.dataset.pdf, location.href).pathname;
  }

  offer() {
    if (canShareFiles()) this.#offerSheet();
    if (!this.#link) return;
    this.#offerCopying();
    this.#offerApps();
    if (this.#root.matches("details")) closeAsExpected(this.#root);
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
      // The browser wants a new click if the PDF took longer than the last one counts.
      const isLate = this.#file && error.name === "NotAllowedError";
      this.#status.textContent = isLate ? again : failed;
      if (this.#link) this.#open(true);
      else if (!isLate) this.#save();
    }
  }

  /** Show or hide the other ways, where they are not shown anyway. */
  #open(isOpen) {
    if (this.#root.matches("details")) this.#root.open = isOpen;
  }

  /** The PDF under its own name. */
  async #pdf() {
    const response = await fetch(this.#path, { signal: AbortSignal.timeout(patience) });
    if (!response.ok) throw new Error(`The PDF answers with ${response.status}.`);
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

  #offerCopying() {
    const copy = this.#copy;
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      const isCopied = await copyText(this.#link.value);
      if (!isCopied) this.#link.select();
      this.#status.textContent = isCopied ? copy.dataset.copied : copy.dataset.select;
    });
  }

  #offerApps() {
    const [words, url] = [this.#root.dataset.text, this.#link.value].map(encodeURIComponent);
    this.#copy.after(
      this.#way("WhatsApp", `https://wa.me/?text=${words}%0A${url}`),
      this.#way("Telegram", `https://t.me/share/url?url=${url}&text=${words}`),
      this.#way("Slack", "slack://open", () => this.#copyForSlack()), // it takes no text from outside
    );
    this.#root.querySelector('a[href^="mailto:"]').addEventListener("click", () => this.#save());
  }

  /** A link that opens an app with the text and the link of the page, and saves the PDF. */
  #way(name, href, before = () => {}) {
    const anchor = document.createElement("a");
    Object.assign(anchor, { className: "button", href, textContent: name, target: "_blank", rel: "noopener" });
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

async function copyText(what) {
  try {
    await navigator.clipboard.writeText(what);
    return true;
  } catch {
    return false;
  }
}

function closeAsExpected(details) {
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    details.open = false;
    details.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!details.contains(event.target)) details.open = false;
  });
}

/** Offer the ways to share that `root` has, if anything in it shares. */
export function offerSharing(root) {
  const share = root.querySelector("[data-share]");
  if (share) new Sharing(share).offer();
}

offerSharing(document);
