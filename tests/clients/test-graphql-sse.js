import assert from "node:assert/strict";

import { createClient } from "graphql-sse";

import * as portal from "./portal.js";

const client = createClient({ url: portal.url, headers: portal.headers, retryAttempts: 0 });

export async function query_is_answered() {
  const { data } = await portal.first(client.iterate({ query: "{ company { name } }" }));
  assert.ok(data.company.name);
}

export async function views_are_followed() {
  const { id, token } = await portal.sharedInvoice();
  const after = await portal.viewsCursor();
  await portal.open(token, "PORTAL");
  const { data } = await portal.first(client.iterate({ query: portal.FOLLOW, variables: { id, after } }));
  assert.equal(data.viewedInvoice.view.source, "PORTAL");
}
