import assert from "node:assert/strict";

import { GraphQLClient } from "graphql-request";

import * as portal from "./portal.js";

const client = new GraphQLClient(portal.url, { headers: portal.headers });
const codesOf = ({ response }) => response.errors.map(({ extensions }) => extensions.code);

export async function query_and_mutation_are_answered() {
  const { id } = await portal.sharedInvoice();
  const input = { invoiceId: id, amount: "10.00", method: "cash" };
  const { recordPayment } = await client.request(portal.PAY, { input });
  assert.equal(recordPayment.invoice.amountPaid.amount, "10.00");
  assert.deepEqual(await portal.paymentsOf(id), ["10.00"]);
}

export async function error_has_its_code() {
  const refused = client.request('{ portal(token: "unknown") { isOverdue } }');
  await assert.rejects(refused, (error) => codesOf(error)[0] === "NOT_FOUND");
}

export async function batch_is_refused_with_its_code() {
  const documents = ["{ company { name } }", "{ me { name } }"].map((document) => ({ document }));
  const refused = client.batchRequests(documents);
  await assert.rejects(refused, ({ response }) =>
    [0, 1].every((at) => response[at].errors[0].extensions.code === "BATCHING_NOT_SUPPORTED"),
  );
}
