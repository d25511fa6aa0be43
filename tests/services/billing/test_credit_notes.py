"""Credit notes: drafting, issuing, applying and voiding, alone and concurrently."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from models import AuditEntry, CreditApplication, CreditNote, Invoice, Surplus
from tests.support.clients import Business, GraphQLFailed
from tests.support.sql_statements import statements

pytestmark = pytest.mark.one_database

PAID = "status amountPaid { amount } amountDue { amount }"
CONCURRENCY = 32


async def make_pair(business: Business, credit: str = "60") -> tuple[str, str]:
    """Return an issued credit note, and an invoice of 100.00 for the same customer."""
    customer_id = await business.make_customer()
    note_id = await business.make_credit_note(customer_id, credit)
    return note_id, await business.make_invoice(customerId=customer_id)


async def apply(business: Business, note_id: str, invoice_id: str, **more: object) -> Any:
    """Apply credit, and return the credit note's status and remaining credit."""
    return await business.credit_note(
        "applyCreditNote", creditNoteId=note_id, invoiceId=invoice_id, **more
    )


async def refused(business: Business, mutation: str, **input: object) -> tuple[str, str | None]:
    """Return the code and field with which a mutation of a credit note is refused."""
    before = await _rows(business)
    with pytest.raises(GraphQLFailed) as refusal:
        await business.credit_note(mutation, **input)
    assert await _rows(business) == before
    return refusal.value.code, refusal.value.field


async def _rows(business: Business) -> list[Any]:
    own = {"company_id": business.company_id}
    notes = await CreditNote.filter(**own).order_by("id").values("status", "applied", "total")
    invoices = await Invoice.filter(**own).order_by("id").values("status", "amount_paid")
    return [notes, invoices, await CreditApplication.filter(**own).count()]


async def paid(business: Business, invoice_id: str) -> tuple[str, str, str]:
    """Return an invoice's status, amount paid and amount due."""
    invoice = await business.invoice(invoice_id, PAID)
    return invoice["status"], invoice["amountPaid"]["amount"], invoice["amountDue"]["amount"]


# --- a credit note's life -------------------------------------------------------------------------


async def test_a_draft_can_be_edited_issued_and_listed(business: Business) -> None:
    customer_id = await business.make_customer()
    draft = {"customerId": customer_id, "amount": "12.50", "reason": "Returned"}
    selection = "{ creditNote { id number status total { formatted } remaining { amount } } }"
    created = await business.mutate("createCreditNote", "CreateCreditNoteInput", selection, **draft)
    note = created["creditNote"]
    assert {name: note[name] for name in ("number", "status", "total", "remaining")} == {
        "number": None,
        "status": "DRAFT",
        "total": {"formatted": "€12.50"},
        "remaining": {"amount": "12.50"},
    }
    changed = draft | {"amount": "20", "currency": "JPY", "creditNoteId": note["id"]}
    await business.mutate("updateCreditNote", "UpdateCreditNoteInput", selection, **changed)
    for _ in range(2):
        issued = await business.credit_note("issueCreditNote", creditNoteId=note["id"])
        assert issued == ("ISSUED", "20")
    query = """query($id: ID!) { company {
        creditNotes(status: ISSUED) { totalCount edges { node { id } } }
        creditNote(id: $id) { reason issuedAt voidedAt customer { id } applications { id } } } }"""
    seen = (await business.gql(query, id=note["id"]))["company"]
    assert seen["creditNotes"]["edges"] == [{"node": {"id": note["id"]}}]
    assert seen["creditNote"]["issuedAt"] is not None
    assert (seen["creditNote"]["reason"], seen["creditNote"]["customer"]["id"]) == (
        "Returned",
        customer_id,
    )


async def test_only_a_draft_can_be_edited_or_deleted(business: Business) -> None:
    customer_id = await business.make_customer()
    note_id = await business.make_credit_note(customer_id, "10")
    ref = {"creditNoteId": note_id}
    with pytest.raises(GraphQLFailed) as refusal:
        await business.mutate(
            "updateCreditNote",
            "UpdateCreditNoteInput",
            "{ creditNote { id } }",
            **ref,
            customerId=customer_id,
            amount="11",
        )
    assert refusal.value.code == "CONFLICT"
    delete = "mutation($input: CreditNoteRef!) { deleteCreditNote(input: $input) }"
    assert (await business.refused(delete, input=ref)).code == "CONFLICT"
    assert (await CreditNote.get(id=note_id)).total == 10_00
    draft = await business.mutate(
        "createCreditNote",
        "CreateCreditNoteInput",
        "{ creditNote { id } }",
        customerId=customer_id,
        amount="12",
    )
    ref = {"creditNoteId": draft["creditNote"]["id"]}
    assert await business.gql(delete, input=ref) == {"deleteCreditNote": True}
    [left] = await CreditNote.filter(company_id=business.company_id)
    assert str(left.id) == note_id


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"amount": "0"}, "AMOUNT_TOO_SMALL", "amount"),
        ({"amount": "-1"}, "AMOUNT_TOO_SMALL", "amount"),
        ({"amount": "0.001"}, "BAD_INPUT", "amount"),
        ({"amount": "1" + "0" * 14}, "BAD_INPUT", "amount"),
        ({"currency": "EURO"}, "BAD_INPUT", "currency"),
        ({"reason": "x" * 2001}, "BAD_INPUT", "reason"),
        ({"customerId": str(uuid4())}, "NOT_FOUND", None),
    ],
)
async def test_invalid_drafts_are_refused(
    business: Business, change: dict[str, object], code: str, field: str | None
) -> None:
    draft = {"customerId": await business.make_customer(), "amount": "10"} | change
    with pytest.raises(GraphQLFailed) as refusal:
        await business.mutate(
            "createCreditNote", "CreateCreditNoteInput", "{ creditNote { id } }", **draft
        )
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert await CreditNote.filter(company_id=business.company_id).count() == 0


@pytest.mark.both_databases
async def test_a_repeated_key_creates_one_credit_note(business: Business) -> None:
    draft = {"customerId": await business.make_customer(), "amount": "10", "idempotencyKey": "k"}
    selection = "{ creditNote { id } }"
    created = await asyncio.gather(
        *(
            business.mutate("createCreditNote", "CreateCreditNoteInput", selection, **draft)
            for _ in range(CONCURRENCY)
        )
    )
    assert len({payload["creditNote"]["id"] for payload in created}) == 1


async def test_a_void_credit_note_stays_void_and_gives_no_credit(business: Business) -> None:
    note_id, invoice_id = await make_pair(business)
    for _ in range(2):
        voided = await business.credit_note("voidCreditNote", creditNoteId=note_id)
        assert voided == ("VOID", "0.00")
    pair = {"creditNoteId": note_id, "invoiceId": invoice_id}
    assert await refused(business, "applyCreditNote", **pair) == ("CONFLICT", None)
    assert await refused(business, "issueCreditNote", creditNoteId=note_id) == ("CONFLICT", None)


async def test_drafts_and_applied_credit_notes_cannot_be_voided(business: Business) -> None:
    note_id, invoice_id = await make_pair(business)
    await apply(business, note_id, invoice_id, amount="1")
    assert await refused(business, "voidCreditNote", creditNoteId=note_id) == ("CONFLICT", None)
    created = await business.mutate(
        "createCreditNote",
        "CreateCreditNoteInput",
        "{ creditNote { id } }",
        customerId=str((await CreditNote.get(id=note_id)).customer_id),
        amount="1",
    )
    ref = {"creditNoteId": created["creditNote"]["id"]}
    assert await refused(business, "voidCreditNote", **ref) == ("CONFLICT", None)
    assert await refused(business, "applyCreditNote", **ref, invoiceId=invoice_id) == (
        "CONFLICT",
        None,
    )


async def test_a_surplus_cannot_be_voided(business: Business) -> None:
    note_id, invoice_id = await make_pair(business)
    await Surplus.create(
        company_id=business.company_id,
        invoice_id=invoice_id,
        credit_note_id=note_id,
        amount=60_00,
    )
    assert await refused(business, "voidCreditNote", creditNoteId=note_id) == ("CONFLICT", None)


# --- applying it ----------------------------------------------------------------------------------


async def test_credit_reduces_the_amount_due_and_can_settle_it(business: Business) -> None:
    note_id, invoice_id = await make_pair(business, "130")
    assert await apply(business, note_id, invoice_id, amount="30") == ("APPLIED", "100.00")
    assert await paid(business, invoice_id) == ("PARTIALLY_PAID", "30.00", "70.00")
    await business.pay(invoice_id, "10")
    assert await apply(business, note_id, invoice_id) == ("APPLIED", "40.00")
    assert await paid(business, invoice_id) == ("PAID", "100.00", "0.00")
    selection = "credits { amount { amount } creditNoteNumber invoiceNumber }"
    assert (await business.invoice(invoice_id, selection))["credits"] == [
        {"amount": {"amount": amount}, "creditNoteNumber": "CN-00001", "invoiceNumber": "INV-00001"}
        for amount in ("30.00", "60.00")
    ]


async def test_without_an_amount_no_more_than_the_remaining_credit_is_applied(
    business: Business,
) -> None:
    note_id, invoice_id = await make_pair(business, "60")
    assert await apply(business, note_id, invoice_id) == ("APPLIED", "0.00")
    assert await paid(business, invoice_id) == ("PARTIALLY_PAID", "60.00", "40.00")
    pair = {"creditNoteId": note_id, "invoiceId": invoice_id}
    assert await refused(business, "applyCreditNote", **pair) == ("CONFLICT", None)


async def test_a_credit_note_can_be_applied_to_several_invoices(business: Business) -> None:
    note_id, first = await make_pair(business, "150")
    customer_id = str((await Invoice.get(id=first)).customer_id)
    second = await business.make_invoice(customerId=customer_id)
    await apply(business, note_id, first)
    assert await apply(business, note_id, second) == ("APPLIED", "0.00")
    assert await paid(business, first) == ("PAID", "100.00", "0.00")
    assert await paid(business, second) == ("PARTIALLY_PAID", "50.00", "50.00")


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("0", "AMOUNT_TOO_SMALL"),
        ("-1", "AMOUNT_TOO_SMALL"),
        ("60.01", "AMOUNT_TOO_LARGE"),
        ("100.01", "AMOUNT_TOO_LARGE"),
        ("0.001", "BAD_INPUT"),
    ],
)
async def test_amounts_out_of_range_are_refused(business: Business, amount: str, code: str) -> None:
    note_id, invoice_id = await make_pair(business, "60")
    pair = {"creditNoteId": note_id, "invoiceId": invoice_id}
    assert await refused(business, "applyCreditNote", **pair, amount=amount) == (code, "amount")


async def test_an_invoice_of_another_customer_or_currency_is_refused(business: Business) -> None:
    note_id, own = await make_pair(business)
    customer_id = str((await Invoice.get(id=own)).customer_id)
    others = [
        await business.make_invoice(),
        await business.make_invoice(customerId=customer_id, currency="USD"),
    ]
    for invoice_id in others:
        pair = {"creditNoteId": note_id, "invoiceId": invoice_id}
        assert await refused(business, "applyCreditNote", **pair) == ("BAD_INPUT", "invoiceId")


async def test_an_invoice_with_nothing_due_takes_no_credit(business: Business) -> None:
    note_id, invoice_id = await make_pair(business)
    customer_id = str((await Invoice.get(id=invoice_id)).customer_id)
    draft_id = await business.make_draft(customerId=customer_id)
    await business.pay(invoice_id, "100")
    for id_ in (draft_id, invoice_id):
        pair = {"creditNoteId": note_id, "invoiceId": id_}
        assert await refused(business, "applyCreditNote", **pair) == ("CONFLICT", None)


@pytest.mark.both_databases
async def test_concurrent_applications_never_exceed_the_credit_note(business: Business) -> None:
    note_id, first = await make_pair(business, "100")
    customer_id = str((await Invoice.get(id=first)).customer_id)
    invoices = [await business.make_invoice(customerId=customer_id) for _ in range(4)]
    outcomes = await asyncio.gather(
        *(apply(business, note_id, invoices[n % 4], amount="7") for n in range(CONCURRENCY)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 14
    assert {o.code for o in outcomes if isinstance(o, GraphQLFailed)} == {"AMOUNT_TOO_LARGE"}
    assert (await CreditNote.get(id=note_id)).remaining == 2_00


@pytest.mark.both_databases
async def test_concurrent_applications_never_exceed_the_amount_due(business: Business) -> None:
    first, invoice_id = await make_pair(business, "60")
    customer_id = str((await Invoice.get(id=invoice_id)).customer_id)
    notes = [first, *[await business.make_credit_note(customer_id, "60") for _ in range(3)]]
    outcomes = await asyncio.gather(
        *(apply(business, notes[n % 4], invoice_id, amount="9") for n in range(CONCURRENCY)),
        *(business.pay(invoice_id, "9") for _ in range(CONCURRENCY)),
        return_exceptions=True,
    )
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 11
    assert await paid(business, invoice_id) == ("PARTIALLY_PAID", "99.00", "1.00")


@pytest.mark.both_databases
async def test_one_of_concurrent_void_and_apply_wins(business: Business) -> None:
    for _ in range(5):
        note_id, invoice_id = await make_pair(business)
        outcomes = await asyncio.gather(
            business.credit_note("voidCreditNote", creditNoteId=note_id),
            apply(business, note_id, invoice_id),
            return_exceptions=True,
        )
        [failure] = [outcome for outcome in outcomes if isinstance(outcome, GraphQLFailed)]
        assert failure.code == "CONFLICT"
        note = await CreditNote.get(id=note_id)
        assert (note.status, note.applied) in {("VOID", 0), ("APPLIED", 60_00)}


@pytest.mark.both_databases
async def test_a_repeated_key_applies_credit_once(business: Business) -> None:
    note_id, invoice_id = await make_pair(business)
    key = {"amount": "10", "idempotencyKey": "k"}
    outcomes = await asyncio.gather(
        *(apply(business, note_id, invoice_id, **key) for _ in range(CONCURRENCY))
    )
    assert set(outcomes) == {("APPLIED", "50.00")}
    pair = {"creditNoteId": note_id, "invoiceId": invoice_id}
    assert await refused(business, "applyCreditNote", **pair, **key | {"amount": "11"}) == (
        "CONFLICT",
        "idempotencyKey",
    )


async def test_the_audit_log_has_each_action(business: Business) -> None:
    note_id, invoice_id = await make_pair(business)
    await apply(business, note_id, invoice_id)
    entries = await AuditEntry.filter(company_id=business.company_id).order_by("at")
    assert [(entry.action, entry.subject) for entry in entries] == [
        ("CUSTOMER_CREATED", "Ada Lovelace"),
        ("CREDIT_NOTE_CREATED", "draft"),
        ("CREDIT_NOTE_ISSUED", "CN-00001"),
        ("INVOICE_CREATED", "draft"),
        ("INVOICE_ISSUED", "INV-00001"),
        ("CREDIT_NOTE_APPLIED", "CN-00001"),
    ]


@pytest.mark.both_databases
async def test_a_list_costs_the_same_statements_at_any_length(business: Business) -> None:
    query = """{ company { creditNotes(first: 100) { edges { node {
        number customer { name } applications { invoiceNumber creditNoteNumber } } } } } }"""

    async def cost() -> int:
        with statements() as run:
            await business.gql(query)
        return len(run)

    for _ in range(2):
        await apply(business, *(await make_pair(business)))
    before = await cost()
    for _ in range(8):
        await apply(business, *(await make_pair(business)))
    assert await cost() == before <= 6
