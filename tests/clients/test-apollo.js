import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { BatchHttpLink } from "@apollo/client/link/batch-http";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";

import * as portal from "./portal.js";

const byHttp = (options) => new HttpLink({ uri: portal.url, headers: portal.headers, ...options });
const clientWith = (link, options) =>
  new ApolloClient({ link, cache: new InMemoryCache(), ...options });

export async function query_and_mutation_are_answered() {
  const client = clientWith(byHttp());
  const { id } = await portal.sharedInvoice();
  const input = { invoiceId: id, amount: "10.00", method: "cash" };
  await client.mutate({ mutation: gql(portal.PAY), variables: { input } });
  const query = gql`query($id: ID!) { company { invoice(id: $id) { id amountPaid { amount } } } }`;
  const { data } = await client.query({ query, variables: { id } });
  assert.equal(data.company.invoice.amountPaid.amount, "10.00");
  assert.deepEqual(await portal.paymentsOf(id), ["10.00"]);
}

export async function error_has_its_code() {
  const query = gql`{ portal(token: "unknown") { isOverdue } }`;
  await assert.rejects(clientWith(byHttp()).query({ query }), (error) => {
    assert.ok(CombinedGraphQLErrors.is(error));
    return error.errors[0].extensions.code === "NOT_FOUND";
  });
}

export async function batch_is_refused_with_its_code() {
  const client = clientWith(new BatchHttpLink({ uri: portal.url, headers: portal.headers }));
  const queries = ["{ company { id name } }", "{ me { name } }"];
  const answers = queries.map((query) => client.query({ query: gql(query), errorPolicy: "all" }));
  for (const { error } of await Promise.all(answers)) {
    assert.equal(error.errors[0].extensions.code, "BATCHING_NOT_SUPPORTED");
  }
}

export async function front_end_on_another_origin_says_who_it_is() {
  const link = byHttp({ fetch: portal.crossOriginFetch });
  const client = clientWith(link, { clientAwareness: { name: "Shop", version: "1.0" } });
  const { data } = await client.query({ query: gql`{ company { name } }` });
  assert.ok(data.company.name);
}

export async function persisted_query_is_sent_as_a_hash() {
  await assertPersisted({});
}

export async function persisted_query_by_get_is_sent_as_a_hash() {
  await assertPersisted({ useGETForHashedQueries: true });
}

async function assertPersisted(options) {
  const alias = `name${process.hrtime.bigint()}`; // nobody has sent this query before
  const query = gql(`query Named { company { ${alias}: name } }`);
  const sent = [];
  const fetcher = (input, init) => {
    sent.push(init.method === "GET" ? new URL(input).searchParams.has("query") : "query" in JSON.parse(init.body));
    return fetch(input, init);
  };
  const sha256 = (text) => createHash("sha256").update(text).digest("hex");
  const link = new PersistedQueryLink({ sha256, ...options }).concat(byHttp({ fetch: fetcher }));
  const client = clientWith(link);
  for (const _ of [1, 2]) {
    const { data } = await client.query({ query, fetchPolicy: "network-only" });
    assert.ok(data.company[alias]);
  }
  assert.deepEqual(sent, [false, true, false]);
}

export async function objects_without_ids_are_merged() {
  const { token } = await portal.sharedInvoice();
  const cache = new InMemoryCache({ typePolicies: { PublicInvoice: { merge: true } } });
  const client = clientWith(byHttp(), { cache });
  const variables = { token };
  const queries = ["number", "total { formatted }"].map(
    (field) => gql(`query($token: String!) { invoice(token: $token) { ${field} } }`),
  );
  for (const query of queries) await client.query({ query, variables });
  for (const query of queries) assert.ok(client.readQuery({ query, variables }));
}

export async function subscription_by_websocket_is_answered() {
  const { id, token } = await portal.sharedInvoice();
  // As headers are written: the portal takes any case.
  const connectionParams = { Authorization: portal.headers.authorization };
  const socket = createClient({ url: portal.socketUrl, connectionParams });
  const after = await portal.viewsCursor();
  await portal.open(token, "PORTAL");
  const client = clientWith(new GraphQLWsLink(socket));
  const { data } = await new Promise((resolve, reject) => {
    const variables = { id, after };
    client
      .subscribe({ query: gql(portal.FOLLOW), variables })
      .subscribe({ next: resolve, error: reject });
  });
  assert.equal(data.viewedInvoice.view.source, "PORTAL");
  socket.dispose();
}
