import assert from "node:assert/strict";

import { fetchEventSource } from "@microsoft/fetch-event-source";
import { EventSource } from "eventsource";

import * as portal from "./portal.js";

// fetch-event-source is for browsers.
globalThis.window ??= globalThis;
globalThis.document ??= new EventTarget();

// Neither a variable for the cursor nor the cursor itself: `Last-Event-ID` is enough.
const FOLLOW = `subscription($id: ID!) { viewedInvoice(invoiceId: $id) { view { source } } }`;

export async function nothing_is_lost_before_and_nothing_doubled_after_the_first_event() {
  const { id, token } = await portal.sharedInvoice();
  const done = new AbortController();
  const sources = ["EMAIL", "PORTAL", "LINK"];
  const seen = [];
  let connections = 0;
  let cut;
  await fetchEventSource(portal.url, {
    method: "POST",
    headers: { "content-type": "application/json", ...portal.headers },
    body: JSON.stringify({ query: FOLLOW, variables: { id } }),
    signal: done.signal,
    openWhenHidden: true,
    fetch: async (input, options) => {
      connections += 1;
      if (connections === 2) for (const source of sources) await portal.open(token, source);
      cut = new AbortController();
      const signal = AbortSignal.any([cut.signal, options.signal]);
      return portal.crossOriginFetch(input, { ...options, signal });
    },
    async onopen(response) {
      assert.equal(response.status, 200);
    },
    onmessage({ data }) {
      if (data) seen.push(JSON.parse(data).data.viewedInvoice.view.source);
      if (seen.length === sources.length) done.abort();
      // The first message says where the stream stands. Each connection gets one more than that.
      else if (seen.length === connections - 1) cut.abort(new Error("lost"));
    },
    onerror(error) {
      if (error.message !== "lost") throw error;
      return 0; // it connects again at once
    },
    onclose: () => assert.fail("the stream ended"),
  });
  assert.deepEqual(seen, sources);
}

export async function unknown_key_ends_the_stream_for_good() {
  const headers = { authorization: "Bearer unknown" };
  await assertRefused("subscription { viewedInvoice { cursor } }", headers, 401);
}

export async function invalid_cursor_ends_the_stream_for_good() {
  const query = `subscription { viewedInvoice(after: "of yesterday") { cursor } }`;
  await assertRefused(query, portal.headers, 400);
}

async function assertRefused(query, headers, status) {
  const address = new URL(portal.url);
  address.searchParams.set("query", query);
  const source = new EventSource(address, {
    fetch: (input, options) =>
      portal.crossOriginFetch(input, { ...options, headers: { ...options.headers, ...headers } }),
  });
  const { code } = await new Promise((resolve) => source.addEventListener("error", resolve));
  assert.deepEqual([code, source.readyState], [status, EventSource.CLOSED]);
}
