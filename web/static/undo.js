// Counts down the seconds in which an e-mail can still be stopped, and then looks what became of it.
//
// `data-undo` marks the notice with its seconds. On a page it floats as a toast; in a dialog it stays.

const PATIENCE = 4_000; // milliseconds for the e-mail to leave

class Countdown {
  #notice;
  #button;
  #until;
  #timer;

  constructor(notice) {
    this.#notice = notice;
    this.#button = notice.querySelector("button");
    this.#until = Date.now() + Number(notice.dataset.undo) * 1_000;
    notice.removeAttribute("data-undo");
    if (!notice.closest("dialog")) notice.classList.replace("notice", "toast");
    this.#timer = setInterval(() => this.#tick(), 250);
    this.#tick();
  }

  #tick() {
    const seconds = Math.ceil((this.#until - Date.now()) / 1_000);
    if (!this.#notice.isConnected) clearInterval(this.#timer);
    else if (seconds > 0) this.#button.textContent = `Undo (${seconds})`;
    else this.#end();
  }

  #end() {
    clearInterval(this.#timer);
    this.#button.form.remove();
    this.#notice.querySelector("#sent-text").textContent = "The e-mail is on its way.";
    setTimeout(() => this.#replace(), PATIENCE);
  }

  /** Show what the server says by then. Its notice replaces this one. */
  async #replace() {
    document.dispatchEvent(new Event("changed"));
    const url = new URL(location.href);
    if (!this.#notice.isConnected || !url.searchParams.has("sent")) return;
    const response = await fetch(url).catch(() => null);
    if (!response?.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("#sent:not([data-undo])");
    if (fresh) this.#notice.replaceWith(fresh);
  }
}

/** Start the countdowns in `root`. */
export function countDown(root) {
  for (const notice of root.querySelectorAll("[data-undo]")) new Countdown(notice);
}

countDown(document);
