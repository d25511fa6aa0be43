"""A database of version 0.2.0 becomes one of this version, and no figure changes."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.transactions import in_transaction

from core.search_texts import searchable
from db.connections import connection
from db.finished_schema import create_schema
from db.migrations import MigrationState, migration_state
from db.statements import execute, fetch
from db.table_changes import ChangeTables
from models import (
    Company,
    CreditNote,
    CreditNoteLine,
    Customer,
    EmailDelivery,
    Invoice,
    InvoiceLine,
    NumberCounter,
    PartySnapshot,
    Quote,
    QuoteLine,
    WriteOff,
)
from models.documents import DOCUMENT_PARENTS, summary_of
from models.party_snapshots import digest_of
from services.ledger.account_months import compare_months
from services.ledger.integrity import compare_credit_notes, compare_invoices
from services.ledger.issuing import issue_document
from services.ledger.number_formats import number_keys
from tests.db.conftest import CopyOf, NewDatabase
from tests.models.rules import declared, existing
from tests.support.migrations import migrate_to, opened
from tests.support.rows import tables

_ROWS: Final = (Path(__file__).parent / "rows_of_0_2_0.sql").read_text(encoding="utf-8")
_RELEASED: Final = "0001_initial"
_DOCUMENTS: Final = "0002_documents_and_money"
_FIGURES: Final = {
    "invoice": "currency, status, issue_date, due_date, subtotal, discount, tax, total,"
    " amount_paid, amount_pending, minimum_payment, notes, updated_at",
    "invoice_line": "description, position, quantity, tax_rate, amount, discount, tax",
    "quote": "currency, status, valid_until, subtotal, discount, tax, total, sent_at, updated_at",
    "quote_line": "description, position, quantity, tax_rate, amount, discount, tax",
    "credit_note": "currency, status, total, applied, reason, issued_at, voided_at",
    "credit_application": "credit_note_id, invoice_id, amount, applied_at",
    "payment": "invoice_id, amount, method, reference, received_at",
    "reversal": "payment_id, invoice_id, kind, amount",
    "surplus": "credit_note_id, invoice_id, amount",
    "checkout": "status, amount, session_id, payment_intent",
    "invoice_update": "invoice_id, sequence, change, amount, at",
    "email_delivery": "customer_id, invoice_id, quote_id, kind, stage, status, sent_at",
    "customer": "name, email, address, language, portal_token",
    "company": "name, address, currency, language, stripe_account",
    "staff_user": "email, permissions",
}
"""By table: columns that both versions have, apart from the id."""


async def _figures() -> dict[str, list[dict[str, Any]]]:
    return {
        table: list(map(dict, await fetch(f"SELECT id, {columns} FROM {table} ORDER BY id")))
        for table, columns in _FIGURES.items()
    }


async def _load() -> None:
    """Fill the opened database as version 0.2.0 left it."""
    await migrate_to(_RELEASED)
    await connection().execute_script(_ROWS)


@pytest.fixture(scope="module")
async def upgraded_database(new_database: NewDatabase) -> str:
    """Return the URL of a database that was one of 0.2.0."""
    url = await new_database()
    async with opened(url):
        await _load()
        await migrate_to()
    return url


@pytest.fixture
async def upgraded(upgraded_database: str) -> AsyncGenerator[None]:
    """Run the test on a database that was one of 0.2.0, which it doesn't change."""
    async with opened(upgraded_database):
        yield


async def _acme() -> Company:
    return await Company.get(name="Acme GmbH")


async def test_figures_and_rows_of_the_ledger_stay_as_they_are(another_database: str) -> None:
    async with opened(another_database):
        await _load()
        before = await _figures()
        await migrate_to()
        assert await _figures() == before
        assert [len(before[table]) for table in ("invoice", "quote", "credit_note")] == [22, 6, 6]
        differences = [found async for found in compare_invoices()]
        differences += [found async for found in compare_credit_notes()]
        assert len(differences) == 28
        differences += [found async for found in compare_months()]
        assert not any(differences)
        assert await fetch("SELECT 1 FROM account_month")


@pytest.mark.usefixtures("upgraded")
async def test_an_upgraded_database_has_exactly_the_declared_rules() -> None:
    assert await existing() == declared()
    assert await migration_state() is MigrationState.UP_TO_DATE


async def test_checkouts_have_their_invoice_as_their_only_share(another_database: str) -> None:
    columns = "id, invoice_id, amount, payable_for"
    async with opened(another_database):
        await _load()
        before = await fetch(f"SELECT {columns} FROM checkout ORDER BY id")
        await migrate_to()
        shares = await fetch(f"SELECT {columns} FROM checkout_share ORDER BY id")
        assert list(map(dict, shares)) == list(map(dict, before))
        assert len(shares) > 2


@pytest.mark.usefixtures("upgraded")
async def test_rows_can_be_searched() -> None:
    customers = {row.search_text for row in await Customer.all()}
    assert "bob & sohne bob@example.com" in customers
    for model in (Invoice, Quote, CreditNote):
        for row in await model.all():
            assert row.search_text == searchable(*(getattr(row, c) for c in row.searched))
            assert row.search_text or row.label == "draft"


@pytest.mark.usefixtures("upgraded")
async def test_documents_have_the_summary_of_their_first_line() -> None:
    summaries = set()
    for model, lines in ((Invoice, InvoiceLine), (Quote, QuoteLine), (CreditNote, CreditNoteLine)):
        owner = f"{model._meta.db_table}_id"
        for row in await model.all():
            line = await lines.filter(**{owner: row.id}).order_by("position").first()
            assert row.summary == (summary_of(line.description) if line else "")
            summaries.add(row.summary)
    assert "Wörk" in summaries
    assert max(map(len, summaries)) > 90  # of one that was cut


async def _columns() -> list[dict[str, Any]]:
    """Return the table, name, type, nullability and default of each column."""
    on_postgres = (
        "SELECT table_name AS tab, column_name AS name, data_type, character_maximum_length,"
        " numeric_precision, numeric_scale, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
    )
    on_sqlite = (
        'SELECT m.name AS tab, c.name, c.type, c."notnull", c.dflt_value, c.pk'
        " FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2"
    )
    is_sqlite = connection().capabilities.dialect == "sqlite"
    rows = await fetch(on_sqlite if is_sqlite else on_postgres)
    return [dict(row) for row in rows if row["tab"] in tables()]


async def test_an_upgraded_database_has_the_columns_of_a_new_one(
    upgraded_database: str, another_database: str
) -> None:
    async with opened(upgraded_database):
        upgraded = await _columns()
    async with opened(another_database):
        await create_schema([])
        assert len(upgraded) > 300
        assert upgraded == await _columns()


# --- numbers --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("upgraded")
async def test_drafts_lose_their_number_and_keep_the_one_that_was_chosen() -> None:
    drafts: list[Invoice | Quote | CreditNote] = [
        *await Invoice.filter(status="DRAFT").order_by("created_at"),
        *await Quote.filter(status="DRAFT").order_by("created_at"),
        *await CreditNote.filter(status="DRAFT"),
    ]
    assert {(draft.number, draft.number_key, draft.language) for draft in drafts} == {
        (None, None, None)
    }
    chosen = [draft.requested_number for draft in drafts]
    invoices = [None, "2026/7", "inv-00009", "INV-7", "INV-00077a", None]
    assert chosen == [*invoices, None, "Angebot 1", None]


@pytest.mark.usefixtures("upgraded")
async def test_issued_documents_keep_their_number_even_if_another_differs_in_case_only() -> None:
    acme = await _acme()
    issued = Invoice.filter(company_id=acme.id).exclude(status="DRAFT").order_by("created_at")
    keys = dict(await issued.values_list("number", "number_key"))
    assert {number: key for number, key in keys.items() if not number.startswith("INV-")} == {
        "A-1": "a-1",
        "a-1": "a-1\n2",
        "Straße 1": "strasse 1",
        "STRASSE 1": "STRASSE 1\n2",
    }
    assert all(key in number_keys(number) for number, key in keys.items())
    automatic = [number for number in keys if number.startswith("INV-")]
    assert automatic == [f"INV-{n:05d}" for n in (*range(2, 10), 11, 12, 13)]
    assert all(keys[number] == number.lower() for number in automatic)


@pytest.mark.usefixtures("upgraded")
async def test_numbers_go_on_where_they_were() -> None:
    acme = await _acme()
    counters = await NumberCounter.all().values_list("company_id", "kind", "year", "next")
    assert sorted(counters) == [
        (acme.id, "CREDIT_NOTE", 0, 7),
        (acme.id, "INVOICE", 0, 14),
        (acme.id, "QUOTE", 0, 5),
    ]
    draft = await Invoice.filter(status="DRAFT", requested_number=None).first()
    assert draft
    customer = await Customer.get(id=draft.customer_id)
    stored = await PartySnapshot.filter(company_id=acme.id).count()
    async with in_transaction() as transaction:
        await issue_document(draft, acme, customer)
        assert draft.number == "INV-00014"
        # The parties as they are now are those that the upgrade has stored.
        assert await PartySnapshot.filter(company_id=acme.id).count() == stored
        await transaction.rollback()


# --- parties --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("upgraded")
async def test_issued_documents_have_the_parties_of_today() -> None:
    for model in (Invoice, Quote, CreditNote):
        rows: Sequence[Any] = await model.all().select_related(*DOCUMENT_PARENTS)
        for row in rows:
            if row.status == "DRAFT":
                assert (row.seller_snapshot_id, row.buyer_snapshot_id) == (None, None)
                continue
            assert (row.seller, row.buyer) == (row.company.seller, row.customer.buyer)
            assert row.seller_snapshot.digest == digest_of(row.seller)
            assert row.buyer_snapshot.digest == digest_of(row.buyer)
            assert row.language == (row.customer.language or row.company.language)
    acme = await _acme()
    # Acme, Ada, Bob and his twin, Cy; the rival and its customer; nobody without documents.
    assert await PartySnapshot.filter(company_id=acme.id).count() == 4
    assert await PartySnapshot.all().count() == 6


@pytest.mark.usefixtures("upgraded")
async def test_tax_ids_become_vat_ids_or_national_numbers() -> None:
    parties = [*await Company.all(), *await Customer.all()]
    assert {(party.vat_id, party.tax_number) for party in parties} == {
        ("DE136695976", None),
        ("GB980780684", None),
        ("EL094259216", None),
        ("FR23334175221", None),
        (None, "123/456/789"),
        (None, None),
    }


# --- amounts --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("upgraded")
async def test_unit_prices_are_in_main_units() -> None:
    prices = await InvoiceLine.all().values_list("invoice__currency", "unit_price")
    assert {("JPY", Decimal(1980)), ("JPY", Decimal(99))} < set(prices)
    assert {("KWD", Decimal("1.234")), ("KWD", Decimal("0.005"))} < set(prices)
    assert {("EUR", Decimal("3.33")), ("EUR", Decimal("9999999999999.99"))} < set(prices)
    stored = await fetch("SELECT CAST(unit_price AS VARCHAR(40)) AS price FROM quote_line")
    assert {row["price"] for row in stored} == {"10.500000", "1.000000"}
    lines = [*await InvoiceLine.all(), *await QuoteLine.all()]
    assert {line.tax_category for line in lines if line.tax_rate} == {"STANDARD"}
    assert {line.tax_category for line in lines if not line.tax_rate} == {"ZERO"}
    assert all(line.net == line.amount for line in lines)
    discounts = [*await Invoice.all(), *await Quote.all()]
    assert {(row.discount, row.discount_amount) for row in discounts} == {
        (n, n) for n in (0, 1, 50, 111)
    }


@pytest.mark.usefixtures("upgraded")
async def test_credit_notes_have_a_line_without_tax() -> None:
    notes = await CreditNote.all()
    lines = {line.credit_note_id: line for line in await CreditNoteLine.all()}
    assert len(lines) == len(notes)
    for note in notes:
        line = lines[note.id]
        assert line.description == (note.reason or "Credit")
        assert (line.position, line.quantity, line.tax_category) == (1, Decimal(1), "OUT_OF_SCOPE")
        assert (line.amount, line.net, line.tax) == (note.total, note.total, 0)
        assert (note.subtotal, note.discount, note.tax) == (note.total, 0, 0)
        issued_at = note.issued_at and note.issued_at.astimezone(UTC).date()
        assert note.issue_date == issued_at
    assert {(notes.currency, lines[notes.id].unit_price) for notes in notes} >= {
        ("JPY", Decimal(99)),
        ("KWD", Decimal("1.234")),
        ("EUR", Decimal("12.5")),
    }


# --- safety ---------------------------------------------------------------------------------------


def _operation() -> ChangeTables:
    migration = import_module(f"migrations.{_DOCUMENTS}").Migration
    [operation] = migration.operations
    assert isinstance(operation, ChangeTables)
    return operation


async def _contents() -> Any:
    """Return what a table has whose columns both versions share, and what a draft looks like."""
    drafts = await fetch("SELECT * FROM invoice WHERE status = 'DRAFT' ORDER BY id")
    return await _figures(), [dict(row) for row in drafts], await existing()


async def test_an_upgrade_that_fails_changes_nothing(
    another_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise ZeroDivisionError

    operation = _operation()
    async with opened(another_database):
        await _load()
        before = await _contents()
        with monkeypatch.context() as patch:
            patch.setattr(operation, "forward", replace(operation.forward, finish=fail))
            with pytest.raises(ZeroDivisionError):
                await migrate_to()
        assert await migration_state() is MigrationState.BEHIND
        assert await _contents() == before
        await migrate_to()
        assert await migration_state() is MigrationState.UP_TO_DATE


async def test_an_upgrade_that_was_not_recorded_is_not_made_again(
    another_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    async with opened(another_database):
        await _load()
        with monkeypatch.context() as patch:
            patch.setattr(MigrationRecorder, "record_applied", fail)
            with pytest.raises(ZeroDivisionError):
                await migrate_to(_DOCUMENTS)
        after = await _contents()
        await migrate_to(_DOCUMENTS)
        assert await _contents() == after
        await migrate_to()
        assert await migration_state() is MigrationState.UP_TO_DATE


async def test_an_upgrade_can_be_taken_back(another_database: str) -> None:
    async with opened(another_database):
        await _load()
        before = await _figures()
        drafts = await fetch("SELECT id, number FROM invoice WHERE status = 'DRAFT' ORDER BY id")
        prices = await fetch("SELECT id, unit_price FROM invoice_line ORDER BY id")
        await migrate_to()
        await migrate_to(_RELEASED)
        assert await _figures() == before
        assert await fetch("SELECT id, unit_price FROM invoice_line ORDER BY id") == prices
        now = {row["id"]: row["number"] for row in await fetch("SELECT id, number FROM invoice")}
        for draft in drafts:
            is_automatic = draft["number"] in {"INV-00001", "INV-00010"}
            expected = f"DRAFT-{draft['id']}" if is_automatic else draft["number"]
            assert now[draft["id"]] == expected
        [acme] = await fetch("SELECT * FROM company WHERE name = 'Acme GmbH'")
        assert (acme["tax_id"], acme["invoice_sequence"]) == ("DE136695976", 13)
        with pytest.raises(IntegrityError, match="append-only"):
            await execute("UPDATE payment SET amount = 1")
        await migrate_to()
        assert await _figures() == before


async def test_an_upgrade_cannot_be_taken_back_once_there_are_rows_of_new_kinds(
    upgraded_database: str, copy_of: CopyOf
) -> None:
    async with opened(await copy_of(upgraded_database)):
        invoice = await Invoice.get(number="A-1", company_id=(await _acme()).id)
        await WriteOff.create(company_id=invoice.company_id, invoice_id=invoice.id, amount=10_000)
        await Invoice.filter(id=invoice.id).update(written_off=10_000, status="PAID")
        with pytest.raises(IntegrityError):
            await migrate_to(_RELEASED)
        [row] = await fetch("SELECT written_off FROM invoice WHERE id = $1", invoice.id)
        assert row["written_off"] == 10_000
        assert await EmailDelivery.all().count() == 4
        await migrate_to()
        assert await existing() == declared()
