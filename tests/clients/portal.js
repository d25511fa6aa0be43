/** What the clients' scripts share: where the portal is, and how to make something happen there. */

import assert from "node:assert/strict";

import WebSocket from "ws";

globalThis.WebSocket ??= WebSocket; // Node has it from version 22 on

export const { URL: origin, KEY: key } = process.env;
export const url = `${origin}/graphql`;
export const socketUrl = url.replace("http", "ws");
export const headers = { authorization: `Bearer ${key}` };
export const FOLLOW = `subscription Follow($id: ID!, $after: String) {
  viewedInvoice(invoiceId: $id, after: $after) { cursor view { source } }
}`;
export const PAY = `mutation Pay($input: RecordPaymentInput!) {
  recordPayment(input: $input) { invoice { id status amountPaid { amount } } }
}`;

let strangers = 0;

/** Send an operation without a client, and return its data. */
export async function send(query, variables = {}, more = headers) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...more },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined);
  return data;
}

/** Return the id and the token of a new, shared invoice over 100 euros. */
export async function sharedInvoice() {
  const lines = [{ description: "Work", quantity: "1", unitPrice: "100.00" }];
  const { createCustomer } = await send(
    `mutation { createCustomer(input: {name: "Ada Lovelace"}) { customer { id } } }`,
  );
  const { createInvoice } = await send(
    `mutation($input: CreateInvoiceInput!) { createInvoice(input: $input) { invoice { id } } }`,
    { input: { customerId: createCustomer.customer.id, lines } },
  );
  const { id } = createInvoice.invoice;
  const { shareInvoice } = await send(
    `mutation($input: InvoiceRef!) {
      issueInvoice(input: $input) { invoice { id } }
      shareInvoice(input: $input) { token }
    }`,
    { input: { invoiceId: id } },
  );
  return { id, token: shareInvoice.token };
}

/** Open a shared invoice as one more client, from `source`. */
export async function open(token, source = "EMAIL") {
  strangers += 1;
  const { recordView } = await send(
    `mutation($input: RecordViewInput!) { recordView(input: $input) { recorded } }`,
    { input: { token, source } },
    { "x-forwarded-for": `203.0.113.${strangers}`, "user-agent": "Mozilla/5.0 Firefox/140.0" },
  );
  assert.equal(recordView.recorded, true);
}

/** Return what stands in the stream of views now: the cursor after which to subscribe. */
export async function viewsCursor() {
  return (await send("{ company { viewsCursor } }")).company.viewsCursor;
}

/** Return how often the invoice was paid, and how much. */
export async function paymentsOf(id) {
  const { company } = await send(
    `query($id: ID!) { company { invoice(id: $id) { payments { amount { amount } } } } }`,
    { id },
  );
  return company.invoice.payments.map((payment) => payment.amount.amount);
}

/** Return the first item of an async iterator, and stop it. */
export async function first(iterator) {
  for await (const item of iterator) return item;
  throw new Error("The stream ended before the first event.");
}

const SAFE_TYPES = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
const SAFE_HEADERS = ["accept", "accept-language", "content-language"];

/** `fetch` as in a browser on another origin: what the portal doesn't allow, it refuses. */
export async function crossOriginFetch(input, options = {}) {
  const request = new Request(input, options);
  const unsafe = [...request.headers.keys()].filter(
    (name) =>
      !SAFE_HEADERS.includes(name) &&
      !(name === "content-type" && SAFE_TYPES.includes(request.headers.get(name))),
  );
  const from = "https://front.example";
  if (unsafe.length > 0) {
    const preflight = await fetch(request.url, {
      method: "OPTIONS",
      headers: {
        origin: from,
        "access-control-request-method": request.method,
        "access-control-request-headers": unsafe.sort().join(","),
      },
    });
    assert.ok(preflight.ok, `the preflight was answered with ${preflight.status}`);
    const allowed = (preflight.headers.get("access-control-allow-headers") ?? "").toLowerCase();
    const names = allowed.split(",").map((name) => name.trim());
    assert.deepEqual(unsafe.filter((name) => !names.includes(name)), []);
  }
  request.headers.set("origin", from);
  const response = await fetch(request);
  assert.equal(response.headers.get("access-control-allow-origin"), from);
  return response;
}
