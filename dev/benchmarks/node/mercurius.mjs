// Mercurius, which compiles each query that it has seen before.
import { readFileSync } from "node:fs";
import Fastify from "fastify";
import mercurius from "mercurius";
import { findInvoice } from "./invoice.mjs";

const app = Fastify();
app.register(mercurius, {
  schema: readFileSync(new URL("schema.graphql", import.meta.url), "utf8"),
  resolvers: { Query: { invoice: findInvoice } },
  jit: 1,
});
await app.listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
