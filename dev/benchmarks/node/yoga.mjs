// graphql-yoga with its defaults on Node's own HTTP server.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { findInvoice } from "./invoice.mjs";

const schema = createSchema({
  typeDefs: readFileSync(new URL("schema.graphql", import.meta.url), "utf8"),
  resolvers: { Query: { invoice: findInvoice } },
});
createServer(createYoga({ schema, logging: false })).listen(Number(process.argv[2]), "127.0.0.1");
