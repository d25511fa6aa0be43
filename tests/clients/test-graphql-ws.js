import assert from "node:assert/strict";

import { createClient } from "graphql-ws";

import * as portal from "./portal.js";

const connect = (options) =>
  createClient({ url: portal.socketUrl, connectionParams: portal.headers, ...options });

export async function views_are_followed() {
  const { id, token } = await portal.sharedInvoice();
  const client = connect();
  const after = await portal.viewsCursor();
  await portal.open(token, "PORTAL");
  const { data } = await portal.first(client.iterate({ query: portal.FOLLOW, variables: { id, after } }));
  assert.equal(data.viewedInvoice.view.source, "PORTAL");
  await client.dispose();
}

export async function nothing_is_lost_before_the_first_event() {
  const { id, token } = await portal.sharedInvoice();
  const client = connect({ retryAttempts: 0 });
  let after = await portal.viewsCursor();
  const seen = [];
  const follow = async (count) => {
    for await (const { data } of client.iterate({ query: portal.FOLLOW, variables: { id, after } })) {
      after = data.viewedInvoice.cursor;
      seen.push(data.viewedInvoice.view.source);
      if (seen.length === count) return;
    }
  };
  const connected = new Promise((resolve) => client.on("connected", resolve));
  const cut = follow(1);
  await connected;
  client.terminate();
  await assert.rejects(cut);
  for (const source of ["EMAIL", "PORTAL", "LINK"]) await portal.open(token, source);
  await follow(3);
  assert.deepEqual(seen, ["EMAIL", "PORTAL", "LINK"]);
  await client.dispose();
}

export async function unknown_key_is_refused_with_4403() {
  const client = connect({ connectionParams: { authorization: "Bearer unknown" }, retryAttempts: 0 });
  const stream = client.iterate({ query: "subscription { viewedInvoice { cursor } }" });
  await assert.rejects(portal.first(stream), ({ code }) => code === 4403);
}
