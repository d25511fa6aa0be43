"""The rows of 0.2.0 as those of "documents and money", and back.

Written for the tables as 0.2.0 has them, so it uses neither the models nor the services, which go
on changing. Figures of documents stay as they are.
"""

import re
import unicodedata
from hashlib import sha256
from uuid import uuid4

import orjson

from db import append_only
from db.statements import adapt
from db.table_changes import Direction
from banking.currencies import EXPONENTS

NEW_APPEND_ONLY = ("credit_payout", "write_off", "party_snapshot")
OLD_APPEND_ONLY = ("payment", "credit_application", "reversal", "surplus", "invoice_update")
DOCUMENTS = {"invoice": "INV-", "quote": "Q-", "credit_note": "CN-"}
"""The tables, and how the numbers begin that 0.2.0 gave."""
COUNTERS = {
    "INVOICE": "invoice_sequence",
    "QUOTE": "quote_sequence",
    "CREDIT_NOTE": "credit_note_sequence",
}
COUNT = re.compile("[0-9]{5,18}")
LINES = {"invoice_line": "invoice", "quote_line": "quote"}
BATCH_SIZE = 1000
VAT_ID = re.compile(
    r"(?:AT|BE|BG|CHE|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|NO|PL|PT|RO|SE|SI|SK"
    r"|XI)[0-9A-Z]?[0-9A-Z]?[0-9]{5,}[A-Z]{0,4}[0-9]{0,2}"
)
"""Of the countries with VAT in and around the EU, without separators."""
SEPARATORS = re.compile(r"[\s./-]+")


# --- forward --------------------------------------------------------------------------------------


async def prepare_forward(editor):
    """Store the parties, the keys of numbers and the counters, while the old columns exist."""
    uuid = "CHAR(36)" if editor.DIALECT == "sqlite" else "UUID"
    await _run(
        editor,
        f"CREATE TEMPORARY TABLE migrated_party (id {uuid} PRIMARY KEY, vat_id VARCHAR(50),"
        f" tax_number VARCHAR(50), snapshot_id {uuid}, language VARCHAR(16))",
    )
    await _run(
        editor,
        f"CREATE TEMPORARY TABLE migrated_key (id {uuid} PRIMARY KEY, number_key VARCHAR(192))",
    )
    companies = await _fetch(
        editor,
        "SELECT id, name, email, phone, address, tax_id, language, invoice_sequence, quote_sequence,"
        " credit_note_sequence FROM company",
    )
    counters = []
    for company in companies:
        await _store_parties(editor, company)
        for (table, prefix), (kind, column) in zip(DOCUMENTS.items(), COUNTERS.items()):
            numbers = await _store_keys(editor, company["id"], table)
            # The numbers of drafts are let go. Those that no document after them has are given
            # again, so that they leave no gap.
            if given := _highest(numbers, prefix, company[column]):
                counters.append((uuid4(), company["id"], kind, given + 1))
    await _insert(
        editor,
        "INSERT INTO number_counter (id, company_id, kind, year, next) VALUES ($1, $2, $3, 0, $4)",
        counters,
    )


def _highest(numbers, prefix, most):
    """Return the highest count, at most `most`, in numbers as 0.2.0 gave them; 0 if there is none."""
    counts = [number.removeprefix(prefix) for number in numbers if number.startswith(prefix)]
    counted = [int(count) for count in counts if COUNT.fullmatch(count)]
    return max((count for count in counted if count <= most), default=0)


async def _store_parties(editor, company):
    """Store the company and its customers as the documents that are issued name them.

    That is as they are now, since 0.2.0 didn't keep what they were when a document was issued.
    """
    tax_ids = _split_tax_id(company["tax_id"])
    snapshots = {}
    contact = {"email": company["email"], "phone": company["phone"]}
    seller = _snapshot(snapshots, _party(company, tax_ids) | _SELLER | contact)
    parties = [(company["id"], *tax_ids, seller, company["language"])]
    issued = " UNION ".join(
        f"SELECT customer_id FROM {table} WHERE company_id = $1 AND status <> 'DRAFT'"
        for table in DOCUMENTS
    )
    has_documents = {str(row["customer_id"]) for row in await _fetch(editor, issued, company["id"])}
    if not has_documents:
        snapshots.clear()
        parties = [(company["id"], *tax_ids, None, company["language"])]
    for customer in await _fetch(
        editor,
        "SELECT id, name, email, address, tax_id, language FROM customer WHERE company_id = $1",
        company["id"],
    ):
        tax_ids = _split_tax_id(customer["tax_id"])
        buyer = None
        if str(customer["id"]) in has_documents:
            buyer = _snapshot(snapshots, _party(customer, tax_ids) | {"email": customer["email"]})
        language = customer["language"] or company["language"]
        parties.append((customer["id"], *tax_ids, buyer, language))
    await _insert(
        editor,
        "INSERT INTO party_snapshot (id, company_id, digest, content) VALUES ($1, $2, $3, $4)",
        [
            (id_, company["id"], sha256(content).hexdigest(), content.decode())
            for content, id_ in snapshots.items()
        ],
    )
    await _insert(
        editor,
        "INSERT INTO migrated_party (id, vat_id, tax_number, snapshot_id, language)"
        " VALUES ($1, $2, $3, $4, $5)",
        parties,
    )


def _split_tax_id(tax_id):
    """Return the VAT id and the national tax number."""
    compact = SEPARATORS.sub("", tax_id or "").upper()
    return (compact, None) if VAT_ID.fullmatch(compact) else (None, tax_id)


_SELLER = {
    "bank": {"iban": None, "bic": None, "account_holder": None, "account_lines": None},
    "contact_name": None,
    "footer": None,
    "paper_size": "A4",
}


def _party(row, tax_ids):
    vat_id, tax_number = tax_ids
    return {
        "name": row["name"],
        "address": None,
        "free_address": row["address"],
        "tax_ids": {
            "vat_id": vat_id,
            "tax_number": tax_number,
            "registration_id": None,
            "registration_scheme": None,
            "endpoint": None,
        },
    }


def _snapshot(snapshots, party):
    """Return the id of a snapshot; equal parties share one."""
    return snapshots.setdefault(orjson.dumps(party, option=orjson.OPT_SORT_KEYS), uuid4())


async def _store_keys(editor, company_id, table):
    """Store the keys that SQL can't compute, and those of numbers that differ only in case.

    Returns the numbers. The first of these keeps the usual key. A later one gets one that no number can have, since a
    number has no line breaks.
    """
    taken, keys, numbers = set(), [], []
    for row in await _fetch(
        editor,
        f"SELECT id, number FROM {table} WHERE company_id = $1 AND status <> 'DRAFT'"
        " ORDER BY created_at, id",
        company_id,
    ):
        numbers.append(row["number"])
        key, copies = unicodedata.normalize("NFC", row["number"].casefold()), 1
        while key in taken:
            copies += 1
            key = f"{row['number']}\n{copies}"
        taken.add(key)
        if copies > 1 or not row["number"].isascii():
            keys.append((row["id"], key))
    await _insert(editor, "INSERT INTO migrated_key (id, number_key) VALUES ($1, $2)", keys)
    return numbers


def values_forward(dialect):
    """Return the new columns' values."""
    party = "(SELECT {} FROM migrated_party WHERE migrated_party.id = {}.id)"
    tax_ids = {
        table: {column: party.format(column, table) for column in ("vat_id", "tax_number")}
        for table in ("company", "customer")
    }
    documents = {table: _document_values(table, dialect) for table in DOCUMENTS}
    documents["credit_note"] |= {
        "subtotal": "total",
        "discount": "0",
        "tax": "0",
        "discount_amount": "0",
        "issue_date": (f"CASE WHEN status <> 'DRAFT' THEN {_day(_ISSUED_AT, dialect)} END"),
        # 0.2.0 ensured that these two have a time only where it is due, but not in the database.
        "issued_at": f"CASE WHEN status <> 'DRAFT' THEN {_ISSUED_AT} END",
        "updated_at": (
            "COALESCE(voided_at, (SELECT MAX(applied_at) FROM credit_application"
            " WHERE credit_note_id = credit_note.id), issued_at, created_at)"
        ),
    }
    lines = {
        table: {
            "unit_price": _of_owner(_main_units(f"{table}.unit_price", dialect), table, owner),
            "net": "amount",
            "tax_category": "CASE WHEN tax_rate + 0 > 0 THEN 'STANDARD' ELSE 'ZERO' END",
        }
        for table, owner in LINES.items()
    }
    return tax_ids | documents | lines


_ISSUED_AT = "COALESCE(issued_at, voided_at, created_at)"


def _document_values(table, dialect):
    lower = "lower(number)" if dialect == "sqlite" else 'lower(number COLLATE "C")'
    key = f"(SELECT number_key FROM migrated_key WHERE migrated_key.id = {table}.id)"
    party = "(SELECT {} FROM migrated_party WHERE migrated_party.id = {}.{}_id)"
    issued = {
        "number": "number",
        "number_key": f"COALESCE({key}, {lower})",
        "seller_snapshot_id": party.format("snapshot_id", table, "company"),
        "buyer_snapshot_id": party.format("snapshot_id", table, "customer"),
        "language": party.format("language", table, "customer"),
    }
    # Drafts have no number any more. They keep one that somebody chose. One of the form that 0.2.0
    # gave by itself is let go: the draft gets the next number when it is issued.
    prefix = DOCUMENTS[table]
    begin = len(prefix) + 1
    is_automatic = (
        f"substr(number, 1, {len(prefix)}) = '{prefix}' AND length(number) >= {begin + 4}"
        f" AND ltrim(substr(number, {begin}), '0123456789') = ''"
    )
    return {
        **{column: f"CASE WHEN status <> 'DRAFT' THEN {sql} END" for column, sql in issued.items()},
        "requested_number": f"CASE WHEN status = 'DRAFT' AND NOT ({is_automatic}) THEN number END",
        "discount_amount": "discount",
    }


def _of_owner(sql, table, owner):
    """Return SQL for an expression over the document of a line."""
    return f"(SELECT {sql} FROM {owner} WHERE {owner}.id = {table}.{owner}_id)"


def _main_units(minor, dialect):
    """Return SQL for an amount in main units. SQLite stores it as text with six decimals."""
    if dialect == "sqlite":
        return _by_decimals(
            lambda decimals: (
                f"printf('%d.%06d', {minor} / {10**decimals},"
                f" {minor} % {10**decimals} * {10 ** (6 - decimals)})"
            )
        )
    return _by_decimals(lambda decimals: f"{minor} / {10**decimals}.0")


def _by_decimals(result_for):
    """Return SQL for the result that belongs to the decimals of the column `currency`."""
    cases = []
    for decimals in sorted(set(EXPONENTS.values()) - {2}):
        codes = ", ".join(f"'{code}'" for code, digits in EXPONENTS.items() if digits == decimals)
        cases.append(f"WHEN currency IN ({codes}) THEN {result_for(decimals)}")
    return f"CASE {' '.join(cases)} ELSE {result_for(2)} END"


def _day(timestamp, dialect):
    """Return SQL for a timestamp's day in UTC, which is every company's time zone so far."""
    if dialect == "sqlite":
        return f"substr({timestamp}, 1, 10)"
    return f"({timestamp} AT TIME ZONE 'UTC')::date"


async def finish_forward(editor):
    """Give credit notes their line, and protect what can only be added."""
    price = _main_units("total", editor.DIALECT)
    await _run(
        editor,
        "INSERT INTO credit_note_line (credit_note_id, position, description, quantity, unit_price,"
        " amount, net, discount, tax_category, tax_rate, tax)"
        f" SELECT id, 1, COALESCE(reason, 'Credit'), '1.000000', {price}, total, total, 0,"
        " 'OUT_OF_SCOPE', '0.0000', 0"
        " FROM credit_note ORDER BY created_at, id",
    )
    await append_only.protect(editor, *NEW_APPEND_ONLY)
    await _protect_again(editor)
    for table in ("migrated_key", "migrated_party"):
        await _run(editor, f"DROP TABLE {table}")


# --- backward -------------------------------------------------------------------------------------


async def prepare_backward(editor):
    """Delete e-mails of kinds that 0.2.0 doesn't know.

    Lines of credit notes, parties as they were and structured details are lost, too. Other rows
    that it doesn't know, such as payouts, make the constraints of its tables fail.
    """
    await _run(editor, "DELETE FROM email_delivery WHERE kind IN ('CREDIT_NOTE', 'NOTICE')")


def values_backward(dialect):
    """Return the old columns' values."""
    number = {"number": "COALESCE(number, requested_number, 'DRAFT-' || CAST(id AS VARCHAR(36)))"}
    integer = "INTEGER" if dialect == "sqlite" else "BIGINT"
    minor = _by_decimals(
        lambda decimals: f"CAST(ROUND({{table}}.unit_price * {10**decimals}) AS {integer})"
    )
    party = {
        "tax_id": "COALESCE(vat_id, tax_number)",
        "address": (
            "COALESCE(address, NULLIF(trim(COALESCE(street || '\n', '')"
            " || COALESCE(postal_code || ' ', '') || COALESCE(city || '\n', '')"
            " || COALESCE(region || '\n', '') || COALESCE(country, '')), ''))"
        ),
    }
    counters = {
        column: (
            "COALESCE((SELECT next - 1 FROM number_counter WHERE company_id = company.id"
            f" AND kind = '{kind}' AND year = 0), 0)"
        )
        for kind, column in COUNTERS.items()
    }
    return {
        "company": party | counters,
        "customer": party,
        **dict.fromkeys(DOCUMENTS, number),
        **{
            table: {"unit_price": _of_owner(minor.format(table=table), table, owner)}
            for table, owner in LINES.items()
        },
    }


async def finish_backward(editor):
    """Protect what SQLite has copied."""
    await _protect_again(editor)


async def _protect_again(editor):
    """Protect the tables that have lost their triggers, because SQLite has copied them."""
    if editor.DIALECT == "sqlite":
        triggers = await _fetch(editor, "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")
        protected = {row["tbl_name"] for row in triggers}
        lost = [table for table in OLD_APPEND_ONLY if table not in protected]
        await append_only.protect(editor, *lost)


# --- statements -----------------------------------------------------------------------------------


async def _run(editor, sql):
    await editor.client.execute_query(sql)


async def _fetch(editor, sql, *values):
    return await editor.client.execute_query_dict(*adapt(editor.client, sql, values))


async def _insert(editor, sql, rows):
    for start in range(0, len(rows), BATCH_SIZE):
        adapted = [adapt(editor.client, sql, row) for row in rows[start : start + BATCH_SIZE]]
        await editor.client.execute_many(adapted[0][0], [values for _, values in adapted])


FORWARD = Direction(prepare=prepare_forward, values=values_forward, finish=finish_forward)
BACKWARD = Direction(prepare=prepare_backward, values=values_backward, finish=finish_backward)
