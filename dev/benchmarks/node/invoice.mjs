// The portal's invoice from the same rows, with the two statements of the floor.
import pg from "pg";

const DATE = 1082;
const BIGINT = 20;
pg.types.setTypeParser(DATE, (text) => text);
pg.types.setTypeParser(BIGINT, Number);

const PUBLIC_URL = "http://127.0.0.1:8000";
const INVOICE = `
SELECT invoice.id, number, status, issue_date, due_date, invoice.currency, subtotal, discount, tax,
       total, amount_paid, written_off, amount_pending, notes,
       company.logo_digest, company.email, company.phone, company.website,
       (now() AT TIME ZONE company.time_zone)::date AS today,
       seller.content AS seller, buyer.content AS buyer
  FROM invoice
  JOIN company ON company.id = invoice.company_id
  JOIN party_snapshot AS seller ON seller.id = invoice.seller_snapshot_id
  JOIN party_snapshot AS buyer ON buyer.id = invoice.buyer_snapshot_id
 WHERE share_token = $1 AND status <> 'DRAFT'`;
const LINES = `
SELECT description, trim_scale(quantity)::text AS quantity, round(unit_price, 2)::text AS unit_price,
       trim_scale(tax_rate)::text AS tax_rate, amount
  FROM invoice_line WHERE invoice_id = $1 ORDER BY position`;

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

function money(minor, currency) {
  return { amount: `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, "0")}`, currency };
}

export async function findInvoice(_, { token }) {
  const client = await pool.connect();
  try {
    const found = await client.query({ name: "invoice", text: INVOICE, values: [token] });
    const row = found.rows[0];
    const lines = await client.query({ name: "lines", text: LINES, values: [row.id] });
    return asInvoice(row, lines.rows, token);
  } finally {
    client.release();
  }
}

function asInvoice(row, lines, token) {
  const { currency } = row;
  const [seller, buyer] = [JSON.parse(row.seller), JSON.parse(row.buyer)];
  const isOpen = row.status === "ISSUED" || row.status === "PARTIALLY_PAID";
  return {
    number: row.number,
    status: row.status,
    isOverdue: isOpen && row.due_date !== null && row.due_date < row.today,
    issueDate: row.issue_date,
    dueDate: row.due_date,
    business: {
      name: seller.name,
      logoUrl: row.logo_digest && `${PUBLIC_URL}/logo/${row.logo_digest}.png`,
      address: seller.free_address,
      email: row.email,
      phone: row.phone,
      website: row.website,
      taxId: seller.tax_ids.vat_id ?? seller.tax_ids.tax_number,
    },
    billTo: {
      name: buyer.name,
      email: buyer.email,
      address: buyer.free_address,
      taxId: buyer.tax_ids.vat_id ?? buyer.tax_ids.tax_number,
    },
    lines: lines.map((line) => ({
      description: line.description,
      quantity: line.quantity,
      unitPrice: { amount: line.unit_price, currency },
      taxRate: line.tax_rate,
      amount: money(line.amount, currency),
    })),
    subtotal: money(row.subtotal, currency),
    discount: money(row.discount, currency),
    tax: money(row.tax, currency),
    total: money(row.total, currency),
    amountPaid: money(row.amount_paid, currency),
    amountPending: money(row.amount_pending, currency),
    amountDue: money(row.total - row.amount_paid - row.written_off, currency),
    notes: row.notes,
    pdfUrl: `${PUBLIC_URL}/invoice/${token}.pdf`,
    payment: null,
  };
}
