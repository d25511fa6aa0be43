// Following the company live: opens and updates over GraphQL's server-sent events.
//
// Each stream goes on behind the last cursor that was seen, so that nothing is missed while the
// computer sleeps or the server restarts. A page that nobody sees listens to nothing: browsers have
// few connections to one host, and the cursor loses nothing meanwhile.

const SILENCE = 40_000; // milliseconds; the server says something every 15 seconds
const PATIENCE = 10_000; // … and a connection takes no longer than this
const FIRST_PAUSE = 1_000; // milliseconds before a stream that has failed is asked for again …
const LONGEST_PAUSE = 30_000; // … doubled each time, up to this

const OPENS = `subscription($after: String) {
  viewedInvoice(after: $after) {
    cursor
    view { viewedAt source }
    invoice {
      id number customer { name }
      viewStats { viewCount firstViewedAt lastViewedAt }
    }
  }
}`;
const UPDATES = `subscription($after: String) {
  invoiceUpdated(after: $after) {
    cursor change
    invoice { id status isOverdue amountDue { formatted } }
  }
}`;

class Stream {
  isLive = false;
  isOver = false;
  #source = null;
  #errors = 0; // of the connection, in a row
  #failures = 0; // of connections, in a row
  #heardAt = 0;
  #timer = 0;

  constructor(query, after, onEvent, onChange) {
    this.query = query;
    this.after = after;
    this.onEvent = onEvent;
    this.onChange = onChange;
  }

  open() {
    this.close();
    if (this.isOver) return;
    const url = new URL("/graphql", location.origin);
    url.searchParams.set("query", this.query);
    url.searchParams.set("variables", JSON.stringify({ after: this.after }));
    const source = new EventSource(url);
    this.#source = source;
    this.#heardAt = Date.now();
    this.#errors = 0;
    source.addEventListener("open", () => this.#hear());
    source.addEventListener("ping", () => this.#succeed());
    source.addEventListener("next", (event) => this.#receive(JSON.parse(event.data)));
    source.addEventListener("complete", () => this.#fail());
    source.addEventListener("error", () => {
      // At first the browser comes back by itself and says what it has seen last. It would do so
      // every three seconds for ever, and after an answer that is no stream not at all.
      this.#errors += 1;
      this.#heardAt = Date.now();
      if (source.readyState === EventSource.CLOSED || this.#errors > 1) this.#fail();
      else this.#change(false);
    });
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  // Open again if nothing was heard for too long: a connection can die without a word.
  check() {
    if (this.#source === null) return;
    const isOpen = this.#source.readyState === EventSource.OPEN;
    if (Date.now() - this.#heardAt < (isOpen ? SILENCE : PATIENCE)) return;
    this.#change(false);
    this.open();
  }

  lose() {
    this.#change(false);
  }

  #hear() {
    this.#heardAt = Date.now();
    this.#errors = 0;
    this.#change(true);
  }

  #succeed() {
    this.#failures = 0;
    this.#hear();
  }

  #receive(payload) {
    const code = payload.errors?.[0]?.extensions?.code;
    if (code === undefined) {
      const [event] = Object.values(payload.data);
      this.after = event.cursor;
      this.#succeed();
      this.onEvent(event);
    } else if (code === "INTERNAL" || code === "RATE_LIMITED") {
      this.#fail();
    } else {
      this.isOver = true;
      this.close();
      this.#change(false);
    }
  }

  #fail() {
    this.close();
    this.#change(false);
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures);
    this.#failures += 1;
    // Not all dashboards at once, after a restart.
    this.#timer = setTimeout(() => this.open(), pause * (0.5 + Math.random() / 2));
  }

  #change(isLive) {
    this.isLive = isLive;
    this.onChange();
  }
}

class State {
  #element = document.getElementById("live-state");
  #wasLive = null;

  show(streams) {
    if (document.hidden) return;
    const isLive = streams.every((stream) => stream.isLive);
    if (streams.some((stream) => stream.isOver)) {
      this.#say("Not live. ", "lost");
      const link = document.createElement("a");
      link.href = location.href;
      link.textContent = "Reload the page";
      this.#element.append(link);
    } else if (isLive !== this.#wasLive) {
      if (isLive) this.#say(this.#wasLive === null ? "Live" : "Live again", "live");
      else if (this.#wasLive !== null) this.#say("Not live: connecting again …", "lost");
      if (isLive || this.#wasLive !== null) this.#wasLive = isLive;
    }
  }

  // Said if the first connection does not come about.
  doubt(streams) {
    if (this.#wasLive === null && !streams.every((stream) => stream.isLive)) {
      this.#wasLive = true;
      this.show(streams);
    }
  }

  #say(text, kind) {
    this.#element.textContent = text;
    this.#element.dataset.kind = kind;
    this.#element.hidden = false;
  }
}

// Call `onOpen` and `onUpdate` with each event behind the cursors that the page was made with.
export function follow({ onOpen, onUpdate }) {
  const { opens, updates } = document.body.dataset;
  const state = new State();
  const change = () => state.show(streams);
  const streams = [
    new Stream(OPENS, opens, onOpen, change),
    new Stream(UPDATES, updates, onUpdate, change),
  ];
  const open = () => streams.forEach((stream) => stream.open());
  const close = () => streams.forEach((stream) => stream.close());

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => event.persisted && open());
  window.addEventListener("online", () => document.hidden || open());
  window.addEventListener("offline", () => streams.forEach((stream) => stream.lose()));
  setInterval(() => streams.forEach((stream) => stream.check()), 5_000);
  setTimeout(() => state.doubt(streams), 5_000);
  if (!document.hidden) open();
}
