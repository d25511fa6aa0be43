import assert from "node:assert/strict";

import { buildHTTPExecutor } from "@graphql-tools/executor-http";
import { parse } from "graphql";

import * as portal from "./portal.js";

const execute = buildHTTPExecutor({ endpoint: portal.url, headers: portal.headers });

export async function query_is_answered() {
  const { data } = await execute({ document: parse("{ company { name } }") });
  assert.ok(data.company.name);
}

export async function views_are_followed_by_events() {
  const { id, token } = await portal.sharedInvoice();
  const after = await portal.viewsCursor();
  await portal.open(token, "PORTAL");
  const stream = await execute({ document: parse(portal.FOLLOW), variables: { id, after } });
  const { data } = await portal.first(stream);
  assert.equal(data.viewedInvoice.view.source, "PORTAL");
}
