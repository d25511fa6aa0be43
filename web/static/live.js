// Live opens of the company's invoices and updates of its documents, over GraphQL's server-sent
// events.
//
// Each stream resumes after the last cursor, so nothing is missed while the computer sleeps or the
// server restarts. Hidden pages close their streams, since browsers allow few connections to a host,
// except for one that follows for all of them (news.js).

import { followForAll, stopFollowingForAll, tell } from "./news.js";

const IDLE_TIMEOUT = 40_000; // milliseconds. The server sends a ping every 15 seconds.
const CONNECT_TIMEOUT = 10_000;
const MIN_RETRY_DELAY = 1_000; // doubles with each failure …
const MAX_RETRY_DELAY = 30_000; // … up to this

const OPENS = `subscription($after: String) {
  viewedInvoice(after: $after) {
    cursor sentence
    view { viewedAt source }
    invoice {
      id number customer { name }
      viewStats { viewCount firstViewedAt lastViewedAt }
    }
  }
}`;
const UPDATES = `subscription($after: String) {
  documentUpdated(after: $after) {
    cursor change sentence
    invoice { id status isOverdue amountDue { formatted } viewStats { readCount } }
    quote { id }
    creditNote { id }
  }
}`;

class Stream {
  isLive = false;
  isOver = false;
  #source = null;
  #errors = 0; // of the connection, in a row
  #failures = 0; // of connections, in a row
  #lastEventAt = 0;
  #timer = 0;

  constructor(query, after, onEvent, onChange) {
    this.query = query;
    this.after = after;
    this.onEvent = onEvent;
    this.onChange = onChange;
  }

  // Opens the stream unless it is open.
  start() {
    if (this.#source === null) this.open();
  }

  open() {
    this.close();
    if (this.isOver) return;
    const url = new URL("/graphql", location.origin);
    url.searchParams.set("query", this.query);
    url.searchParams.set("variables", JSON.stringify({ after: this.after }));
    const source = new EventSource(url);
    this.#source = source;
    this.#lastEventAt = Date.now();
    this.#errors = 0;
    source.addEventListener("open", () => this.#touch());
    source.addEventListener("ping", () => this.#succeed());
    source.addEventListener("next", (event) => this.#receive(JSON.parse(event.data)));
    source.addEventListener("complete", () => this.#fail());
    source.addEventListener("error", () => {
      // The browser reconnects by itself, and sends the last cursor. But it retries every three
      // seconds for ever, and not at all if the response is not a stream. So from the second error
      // on we reconnect.
      this.#errors += 1;
      this.#lastEventAt = Date.now();
      if (source.readyState === EventSource.CLOSED) this.#failUnlessRefused(source);
      else if (this.#errors > 1) this.#fail();
      else this.#change(false);
    });
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  // Reopen a stream that was silent for too long: connections can die without an error.
  check() {
    if (this.#source === null) return;
    const isOpen = this.#source.readyState === EventSource.OPEN;
    if (Date.now() - this.#lastEventAt < (isOpen ? IDLE_TIMEOUT : CONNECT_TIMEOUT)) return;
    this.#change(false);
    this.open();
  }

  lose() {
    this.#change(false);
  }

  #touch() {
    this.#lastEventAt = Date.now();
    this.#errors = 0;
    this.#change(true);
  }

  #succeed() {
    this.#failures = 0;
    this.#touch();
  }

  #receive(payload) {
    const code = payload.errors?.[0]?.extensions?.code;
    if (code === undefined) {
      const [event] = Object.values(payload.data);
      this.after = event.cursor;
      this.#succeed();
      this.onEvent(event);
    } else if (["INTERNAL", "RATE_LIMITED", "UNAVAILABLE"].includes(code)) {
      this.#fail();
    } else {
      this.#end();
    }
  }

  // The browser doesn't say why a response was no stream, so ask again.
  async #failUnlessRefused(source) {
    const request = new AbortController();
    const response = await fetch(source.url, {
      headers: { accept: "text/event-stream" },
      signal: request.signal,
    }).catch(() => null);
    request.abort();
    if (this.#source !== source) return;
    if ([400, 401, 403, 404].includes(response?.status)) this.#end();
    else this.#fail();
  }

  #end() {
    this.isOver = true;
    this.close();
    this.#change(false);
  }

  #fail() {
    this.close();
    this.#change(false);
    const delay = Math.min(MAX_RETRY_DELAY, MIN_RETRY_DELAY * 2 ** this.#failures);
    this.#failures += 1;
    // Random, so that a restarted server doesn't get all dashboards at once.
    this.#timer = setTimeout(() => this.open(), delay * (0.5 + Math.random() / 2));
  }

  #change(isLive) {
    this.isLive = isLive;
    this.onChange();
  }
}

class Status {
  #element = document.getElementById("live-state");
  #wasLive = null;

  show(streams) {
    if (document.hidden) return;
    const isLive = streams.every((stream) => stream.isLive);
    if (streams.some((stream) => stream.isOver)) {
      this.#set("Not live. ", "lost");
      const link = document.createElement("a");
      link.href = location.href;
      link.textContent = "Reload page";
      this.#element.append(link);
    } else if (isLive !== this.#wasLive) {
      if (isLive) this.#set(this.#wasLive === null ? "Live" : "Live again", "live");
      else if (this.#wasLive !== null) this.#set("Not live. Reconnecting …", "lost");
      if (isLive || this.#wasLive !== null) this.#wasLive = isLive;
    }
  }

  // Shows that the first connection failed.
  warnIfNotLive(streams) {
    if (this.#wasLive === null && !streams.every((stream) => stream.isLive)) {
      this.#wasLive = true;
      this.show(streams);
    }
  }

  #set(text, kind) {
    this.#element.textContent = text;
    this.#element.dataset.kind = kind;
    this.#element.hidden = false;
  }
}

// Calls `onUpdate`, and `onOpen` if it is given, with each event after the cursors in the page.
export function follow({ onOpen, onUpdate }) {
  const { opens, updates } = document.body.dataset;
  const status = new Status();
  const change = () => status.show(streams);
  const telling = (handle) => (event) => {
    tell(event);
    handle(event);
  };
  const ofUpdates = new Stream(UPDATES, updates, telling(onUpdate), change);
  const ofOpens = new Stream(OPENS, opens, telling(onOpen ?? (() => {})), change);
  const all = [ofUpdates, ofOpens];
  const streams = onOpen ? all : [ofUpdates]; // those that the page itself needs
  const open = () => streams.forEach((stream) => stream.open());
  const close = () => all.forEach((stream) => stream.close());
  const hide = () => {
    close();
    followForAll(() => all.forEach((stream) => stream.start()));
  };
  const show = () => {
    stopFollowingForAll();
    if (!onOpen) ofOpens.close();
    streams.forEach((stream) => stream.start());
  };

  document.addEventListener("visibilitychange", () => (document.hidden ? hide() : show()));
  window.addEventListener("pagehide", () => {
    stopFollowingForAll();
    close();
  });
  window.addEventListener("pageshow", (event) => event.persisted && open());
  window.addEventListener("online", () => document.hidden || open());
  window.addEventListener("offline", () => streams.forEach((stream) => stream.lose()));
  setInterval(() => all.forEach((stream) => stream.check()), 5_000);
  setTimeout(() => status.warnIfNotLive(streams), 5_000);
  if (document.hidden) hide();
  else open();
}
