import assert from "node:assert/strict";
import { createServer } from "node:http";

import { Webhook } from "standardwebhooks";

import * as portal from "./portal.js";

export async function signature_is_verified() {
  let receive;
  const received = new Promise((resolve) => (receive = resolve));
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    response.writeHead(204).end();
    receive({ body, headers: request.headers });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { createWebhook } = await portal.send(
    `mutation($input: CreateWebhookInput!) {
      createWebhook(input: $input) { secret webhook { id } }
    }`,
    { input: { url: `http://127.0.0.1:${server.address().port}`, events: ["INVOICE_PAID"] } },
  );
  await portal.send(
    `mutation($id: ID!) { testWebhook(input: {webhookId: $id}) { webhook { id } } }`,
    { id: createWebhook.webhook.id },
  );
  const { body, headers } = await received;
  assert.equal(new Webhook(createWebhook.secret).verify(body, headers).type, "webhook.test");
  assert.throws(() => new Webhook(createWebhook.secret).verify(`${body} `, headers));
  server.close();
}
