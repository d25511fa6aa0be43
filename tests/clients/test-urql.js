import assert from "node:assert/strict";

import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { persistedExchange } from "@urql/exchange-persisted";
import { getIntrospectionQuery } from "graphql";
import { createClient } from "graphql-ws";

import * as portal from "./portal.js";

const byHttp = new Client({
  url: portal.url,
  exchanges: [fetchExchange],
  fetch: portal.crossOriginFetch,
  fetchOptions: { headers: portal.headers },
});

export async function query_is_answered() {
  const result = await byHttp.query("{ company { name } }", {}).toPromise();
  assert.equal(result.error, undefined);
  assert.ok(result.data.company.name);
}

export async function query_by_get_is_answered() {
  const query = "{ company { name } }";
  const result = await byHttp.query(query, {}, { preferGetMethod: "force" }).toPromise();
  assert.equal(result.error, undefined);
}

export async function error_has_its_code() {
  const missing = "00000000-0000-0000-0000-000000000000";
  const query = "mutation($id: ID!) { issueInvoice(input: {invoiceId: $id}) { invoice { id } } }";
  const { error } = await byHttp.mutation(query, { id: missing }).toPromise();
  assert.deepEqual(
    error.graphQLErrors.map(({ extensions }) => extensions.code),
    ["NOT_FOUND"],
  );
}

export async function normalised_cache_has_no_warnings() {
  const { token } = await portal.sharedInvoice();
  const introspection = await portal.send(getIntrospectionQuery());
  // As docs/clients.md says:
  const withoutId = introspection.__schema.types.filter(
    ({ kind, fields }) => kind === "OBJECT" && fields.every(({ name }) => name !== "id"),
  );
  const keys = Object.fromEntries(withoutId.map(({ name }) => [name, () => null]));
  const warnings = [];
  const logger = (level, message) => level !== "debug" && warnings.push(message);
  const client = new Client({
    url: portal.url,
    exchanges: [cacheExchange({ schema: introspection, keys, logger }), fetchExchange],
    fetchOptions: { headers: portal.headers },
  });
  const query = `query($token: String!) {
    invoice(token: $token) { number total { formatted } business { name } }
    company { id name customers { edges { node { id name balances { credit { formatted } } } } } }
  }`;
  const { error } = await client.query(query, { token }).toPromise();
  assert.equal(error, undefined);
  assert.deepEqual(warnings, []);
}

export async function persisted_query_and_subscription_are_sent_as_hashes() {
  const sent = [];
  const client = new Client({
    url: portal.url,
    requestPolicy: "network-only",
    exchanges: [
      persistedExchange({ preferGetForPersistedQueries: false, enableForSubscriptions: true }),
      fetchExchange,
    ],
    fetchSubscriptions: true,
    fetchOptions: { headers: portal.headers },
    fetch: (input, options) => {
      sent.push("query" in JSON.parse(options.body));
      return fetch(input, options);
    },
  });
  const name = `name${process.hrtime.bigint()}`; // nobody has sent this query before
  for (const _ of [1, 2]) {
    const { data } = await client.query(`{ company { ${name}: name } }`, {}).toPromise();
    assert.ok(data.company[name]);
  }
  assert.deepEqual(sent.splice(0), [false, true, false]);
  const { id, token } = await portal.sharedInvoice();
  for (const _ of [1, 2]) {
    const { data } = await firstView(client, id, token, portal.FOLLOW.replace("source", `${name}: source`));
    assert.equal(data.viewedInvoice.view[name], "PORTAL");
  }
  assert.deepEqual(sent, [false, true, false]);
}

export async function payment_is_booked_once() {
  const { id } = await portal.sharedInvoice();
  const input = { invoiceId: id, amount: "10.00", method: "cash" };
  let result = await byHttp.mutation(portal.PAY, { input }).toPromise();
  if (result.error) result = await byHttp.mutation(portal.PAY, { input }).toPromise();
  assert.equal(result.data.recordPayment.invoice.amountPaid.amount, "10.00");
  assert.deepEqual(await portal.paymentsOf(id), ["10.00"]);
}

export async function subscription_by_events_is_answered() {
  const { id, token } = await portal.sharedInvoice();
  const client = new Client({
    url: portal.url,
    exchanges: [fetchExchange],
    fetchSubscriptions: true,
    fetchOptions: { headers: portal.headers },
  });
  const { data } = await firstView(client, id, token);
  assert.equal(data.viewedInvoice.view.source, "PORTAL");
}

export async function subscription_by_websocket_is_answered() {
  const { id, token } = await portal.sharedInvoice();
  const socket = createClient({ url: portal.socketUrl, connectionParams: portal.headers });
  const forwardSubscription = (request) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? "" }, sink) }),
  });
  const client = new Client({
    url: portal.url,
    exchanges: [subscriptionExchange({ forwardSubscription })],
  });
  const { data } = await firstView(client, id, token);
  assert.equal(data.viewedInvoice.view.source, "PORTAL");
  socket.dispose();
}

async function firstView(client, id, token, follow = portal.FOLLOW) {
  const after = await portal.viewsCursor();
  await portal.open(token, "PORTAL");
  const result = await new Promise((resolve) => {
    const { unsubscribe } = client.subscription(follow, { id, after }).subscribe((each) => {
      resolve(each);
      queueMicrotask(() => unsubscribe());
    });
  });
  assert.equal(result.error, undefined);
  return result;
}
