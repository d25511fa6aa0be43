import assert from "node:assert/strict";

import { auditServer } from "graphql-http";

import * as portal from "./portal.js";

export async function all_audits_pass() {
  const results = await auditServer({ url: portal.url });
  assert.ok(results.length > 60);
  assert.deepEqual(
    results.filter(({ status }) => status !== "ok").map(({ name, reason }) => `${name}: ${reason}`),
    [],
  );
}
