import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const COMPILER = fileURLToPath(import.meta.resolve("relay-compiler/cli.js"));

async function compile(source) {
  const folder = await mkdtemp(join(tmpdir(), "relay-"));
  try {
    await mkdir(join(folder, "src"));
    await cp(process.env.SCHEMA, join(folder, "schema.graphql"));
    await writeFile(join(folder, "src", "App.js"), source);
    const config = { src: "./src", schema: "./schema.graphql", language: "javascript" };
    await writeFile(join(folder, "relay.config.json"), JSON.stringify(config));
    await promisify(execFile)(process.execPath, [COMPILER, "relay.config.json"], { cwd: folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}

export async function pages_of_an_invoice_s_views_compile() {
  await compile(`
    graphql\`
      fragment App_invoice on Invoice
      @refetchable(queryName: "AppViewsQuery")
      @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" }) {
        number
        views(first: $first, after: $after) @connection(key: "App_views") {
          edges { node { viewedAt } }
        }
      }
    \`;
  `);
}

export async function pages_of_the_company_s_invoices_compile() {
  await compile(`
    graphql\`
      fragment App_invoices on Query
      @refetchable(queryName: "AppInvoicesQuery")
      @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" }) {
        company {
          invoices(first: $first, after: $after, search: "ada") @connection(key: "App_invoices") {
            edges { node { id number } }
          }
        }
      }
    \`;
  `);
}

export async function deleted_rows_can_be_removed_from_the_store() {
  await compile(`
    graphql\`
      mutation AppDeleteMutation($input: WebhookRef!) {
        deleteWebhook(input: $input) { deletedId @deleteRecord }
      }
    \`;
  `);
}
