"""Credit notes that correct invoices: in full, in part, over the rest, and concurrently."""

import asyncio
from random import Random
from typing import Any, Final

import pytest

from auth.staff import authenticate
from errors import Conflict
from models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from services.billing.credit_applications import issue_and_apply_credit_note
from tests.support.clients import Business, GraphQLFailed
from values.taxes import summarize

pytestmark = pytest.mark.one_database

CONCURRENCY: Final = 8
_LINE_FIGURES: Final = (
    "position",
    "description",
    "quantity",
    "unit",
    "unit_price",
    "discount_percent",
    "discount_amount",
    "amount",
    "net",
    "discount",
    "tax_category",
    "tax_name",
    "tax_rate",
    "tax",
    "second_tax_name",
    "second_tax_rate",
    "second_tax",
)
_FIGURES: Final = (
    "currency",
    "prices_include_tax",
    "tax_rounding",
    "subtotal",
    "discount_percent",
    "discount_amount",
    "discount",
    "tax",
    "total",
    "tax_exemption_reason",
    "purchase_order",
    "period_start",
)


def line(amount: str, rate: str = "19", **more: object) -> dict[str, object]:
    """Return the input of a line."""
    return {"description": "Work", "quantity": "1", "unitPrice": amount, "taxRate": rate, **more}


async def figures(document: Invoice | CreditNote) -> tuple[Any, ...]:
    """Return every figure of a document, its lines and its taxes."""
    if isinstance(document, Invoice):
        rows: list[Any] = await InvoiceLine.filter(invoice_id=document.id).order_by("position")
    else:
        rows = await CreditNoteLine.filter(credit_note_id=document.id).order_by("position")
    return (
        [getattr(document, name) for name in _FIGURES],
        [[getattr(row, name) for name in _LINE_FIGURES] for row in rows],
        summarize(rows),
    )


async def issue(business: Business, note_id: str) -> None:
    """Issue a credit note."""
    await business.credit_note("issueCreditNote", creditNoteId=note_id)


async def total(note_id: str) -> int:
    """Return the total of a credit note in minor units."""
    minor: int = (await CreditNote.get(id=note_id)).total
    return minor


async def refused(business: Business, invoice_id: str, **details: object) -> GraphQLFailed:
    """Return the refusal to credit an invoice, which creates nothing."""
    before = await CreditNote.filter(company_id=business.company_id).count()
    with pytest.raises(GraphQLFailed) as refusal:
        await business.credit_invoice(invoice_id, **details)
    assert await CreditNote.filter(company_id=business.company_id).count() == before
    return refusal.value


# --- in full --------------------------------------------------------------------------------------

_SECOND: Final = {"taxName": "GST", "secondTax": {"name": "QST", "rate": "9.975"}}
INVOICES: Final[dict[str, dict[str, object]]] = {
    "one rate": {"lines": [line("100")]},
    "two rates and a discount in percent": {
        "lines": [line("33.33"), line("66.67", "7"), line("0.05", "7")],
        "discountPercent": "3.333",
    },
    "a discount as an amount": {"lines": [line("10"), line("20", "7")], "discount": "3.33"},
    "no tax": {"lines": [line("12.34", "0", taxCategory="REVERSE_CHARGE")]},
    "prices with tax": {
        "lines": [line("500", "10"), line("0.99", "20", discountAmount="0.10")],
        "pricesIncludeTax": True,
        "discount": "7.77",
    },
    "two taxes": {"lines": [line("100", "5", **_SECOND), line("3.33", "5", taxName="GST")]},
    "a negative line": {"lines": [line("100"), line("-10", quantity="3"), line("5", "7")]},
    "six decimals": {"lines": [line("0.164833", quantity="1234.567891", unit="KWH")]},
    "yen": {"lines": [line("5", "10", quantity="7")] * 10, "currency": "JPY"},
    "texts": {
        "lines": [line("1", "0", taxCategory="EXEMPT")],
        "taxExemptionReason": "Small business",
        "purchaseOrder": "PO-1",
        "servicePeriod": {"from": "2026-11-01"},
    },
}


@pytest.mark.parametrize("name", INVOICES)
async def test_crediting_in_full_equals_the_invoice_in_every_figure(
    business: Business, name: str
) -> None:
    invoice_id = await business.make_invoice(**INVOICES[name])
    note_id = await business.credit_invoice(invoice_id)
    await issue(business, note_id)
    note, invoice = await CreditNote.get(id=note_id), await Invoice.get(id=invoice_id)
    assert await figures(note) == await figures(invoice)
    assert (note.invoice_id, note.customer_id) == (invoice.id, invoice.customer_id)
    assert (await refused(business, invoice_id)).code == "CONFLICT"


async def test_an_invoice_with_the_taxes_of_former_times_is_credited_as_it_was(
    business: Business,
) -> None:
    lines = [line("0.05", "10")] * 10
    invoice_id = await business.make_invoice(lines=lines, discount="0.05")
    # Each line's tax was rounded: 10 times 0.01, and not 0.05. The discount was on the first line.
    await InvoiceLine.filter(invoice_id=invoice_id).update(tax=1, discount=0)
    await InvoiceLine.filter(invoice_id=invoice_id, position=1).update(tax=0, discount=5)
    await Invoice.filter(id=invoice_id).update(tax=9, total=54)
    note_id = await business.credit_invoice(invoice_id)
    for _ in range(2):
        assert await figures(await CreditNote.get(id=note_id)) == await figures(
            await Invoice.get(id=invoice_id)
        )
        change = {"creditNoteId": note_id, "lines": lines, "discount": "0.05", "reason": "Wrong"}
        await business.mutate(
            "updateCreditNote", "UpdateCreditNoteInput", "{ creditNote { id } }", **change
        )
    await issue(business, note_id)
    assert await total(note_id) == 54


# --- in part --------------------------------------------------------------------------------------


async def test_parts_add_up_to_the_invoice_and_not_to_more(business: Business) -> None:
    invoice_id = await business.make_invoice(lines=[line("0.50", "10"), line("1", "7")])
    invoice = await Invoice.get(id=invoice_id)
    for _ in range(10):
        part = await business.credit_invoice(invoice_id, lines=[line("0.05", "10")])
        await issue(business, part)
    # Each tax would round to 0.01, but the invoice has only 0.05 of it.
    notes = await CreditNote.filter(invoice_id=invoice_id).order_by("created_at")
    assert [note.tax for note in notes] == [1] * 5 + [0] * 5
    refusal = await refused(business, invoice_id, lines=[line("0.01", "10")])
    assert (refusal.code, refusal.field) == ("AMOUNT_TOO_LARGE", "lines")
    extensions = refusal.errors[0]["extensions"]
    assert extensions["reason"] == "ABOVE_CREDITABLE_AMOUNT"
    assert extensions["limit"] == {"amount": "0.00", "currency": "EUR"}
    rest = await business.credit_invoice(invoice_id)
    await issue(business, rest)
    assert await total(rest) == 107
    assert sum(note.total for note in notes) + 107 == invoice.total


async def test_the_rest_has_a_line_for_each_tax(business: Business) -> None:
    customer_id = await business.make_customer(language="de")
    lines = [line("100"), line("50", "7"), line("50", "7"), line("10", "0")]
    invoice_id = await business.make_invoice(
        customerId=customer_id, lines=lines, discountPercent="10"
    )
    part = await business.credit_invoice(invoice_id, lines=[line("90"), line("40", "7")])
    await issue(business, part)
    note = await CreditNote.get(id=await business.credit_invoice(invoice_id))
    rows = await CreditNoteLine.filter(credit_note_id=note.id).order_by("position")
    assert [(int(row.tax_rate), row.net, row.tax) for row in rows] == [(7, 5000, 350), (0, 900, 0)]
    assert (note.subtotal, note.discount, note.tax, note.total) == (5900, 0, 350, 6250)


async def test_an_amount_is_spread_over_the_taxes_that_are_left(business: Business) -> None:
    customer_id = await business.make_customer(language="de")
    lines = [line("100"), line("100", "7")]
    invoice_id = await business.make_invoice(customerId=customer_id, lines=lines, number="7")
    note_id = await business.credit_invoice(invoice_id, amount="50")
    note = await CreditNote.get(id=note_id)
    rows = await CreditNoteLine.filter(credit_note_id=note.id).order_by("position")
    assert [(row.description, row.amount, row.net, row.tax) for row in rows] == [
        ("Teil der Rechnung 7", 2633, 2213, 420),
        ("Teil der Rechnung 7", 2367, 2212, 155),
    ]
    assert (note.total, note.prices_include_tax) == (5000, True)
    changed = [line("26.33"), line("10", "7")]
    change = {"creditNoteId": note_id, "lines": changed}
    await business.mutate(
        "updateCreditNote", "UpdateCreditNoteInput", "{ creditNote { id } }", **change
    )
    assert await total(note_id) == 3633
    await issue(business, note_id)
    rest = await business.credit_invoice(invoice_id, amount="189.67")
    await issue(business, rest)
    notes = await CreditNote.filter(invoice_id=invoice_id)
    assert sum(each.tax for each in notes) == 2600


async def test_an_amount_over_all_is_the_invoice(business: Business) -> None:
    invoice_id = await business.make_invoice(lines=[line("100"), line("50", "7")], discount="10")
    invoice = await Invoice.get(id=invoice_id)
    note_id = await business.credit_invoice(invoice_id, amount=f"{invoice.total / 100:.2f}")
    assert await figures(await CreditNote.get(id=note_id)) == await figures(invoice)


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({"amount": "119.01"}, "AMOUNT_TOO_LARGE"),
        ({"amount": "0"}, "AMOUNT_TOO_SMALL"),
        ({"amount": "-1"}, "AMOUNT_TOO_SMALL"),
        ({"amount": "0.001"}, "BAD_INPUT"),
        ({"amount": "1", "lines": [line("1")]}, "BAD_INPUT"),
    ],
)
async def test_an_amount_that_is_out_of_range_is_refused(
    business: Business, details: dict[str, object], code: str
) -> None:
    invoice_id = await business.make_invoice(lines=[line("100")])
    refusal = await refused(business, invoice_id, **details)
    assert (refusal.code, refusal.field) == (code, "amount")


async def test_parts_of_prices_with_tax_keep_their_totals(business: Business) -> None:
    invoice_id = await business.make_invoice(lines=[line("1", "10")], pricesIncludeTax=True)
    for _ in range(20):
        note_id = await business.credit_invoice(invoice_id, lines=[line("0.05", "10")])
        assert await total(note_id) == 5
        await issue(business, note_id)
    notes = await CreditNote.filter(invoice_id=invoice_id)
    invoice = await Invoice.get(id=invoice_id)
    assert sum(note.tax for note in notes) == invoice.tax == 9


@pytest.mark.parametrize(
    ("lines", "code", "field"),
    [
        ([line("100.01")], "AMOUNT_TOO_LARGE", "lines"),
        ([line("100.01"), line("50", "7")], "AMOUNT_TOO_LARGE", "lines"),
        ([line("100"), line("-50", "7")], "BAD_INPUT", "lines"),
        ([line("10", "5")], "BAD_INPUT", "lines"),
        ([line("10", "0")], "BAD_INPUT", "lines"),
        ([line("10", taxName="VAT")], "BAD_INPUT", "lines"),
        ([line("-10")], "BAD_INPUT", "lines"),
        ([line("0")], "AMOUNT_TOO_SMALL", "lines"),
        ([line("10", quantity="0")], "BAD_INPUT", "lines.0.quantity"),
        ([], "BAD_INPUT", "lines"),
    ],
)
async def test_only_what_was_invoiced_can_be_credited(
    business: Business, lines: list[object], code: str, field: str
) -> None:
    invoice_id = await business.make_invoice(lines=[line("100"), line("50", "7")])
    refusal = await refused(business, invoice_id, lines=lines)
    assert (refusal.code, refusal.field) == (code, field)


async def test_no_more_than_the_total_is_credited_of_an_invoice_with_negative_lines(
    business: Business,
) -> None:
    lines = [line("100"), line("-20", "7")]
    invoice_id = await business.make_invoice(lines=lines)
    refusal = await refused(business, invoice_id, lines=[line("100")])
    limit = refusal.errors[0]["extensions"]["limit"]
    assert (refusal.code, limit["amount"]) == ("AMOUNT_TOO_LARGE", "97.60")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001])
async def test_crediting_an_invoice_needs_a_reason(business: Business, reason: str) -> None:
    invoice_id = await business.make_invoice()
    refusal = await refused(business, invoice_id, reason=reason)
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "reason")


async def test_drafts_cancelled_invoices_and_those_over_nothing_cannot_be_credited(
    business: Business,
) -> None:
    draft = await business.make_draft()
    cancelled = await business.make_invoice()
    await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=cancelled)
    free = await business.make_invoice(lines=[line("0")])
    for invoice_id in (draft, cancelled, free):
        assert (await refused(business, invoice_id)).code == "CONFLICT"
        actions = (await business.invoice(invoice_id, "allowedActions"))["allowedActions"]
        assert "CREDIT" not in actions


# --- drafts, void credit notes, repetitions ---------------------------------------------------


async def test_a_draft_that_became_too_large_is_not_issued(business: Business) -> None:
    invoice_id = await business.make_invoice(lines=[line("100")])
    whole = await business.credit_invoice(invoice_id)
    part = await business.credit_invoice(invoice_id, lines=[line("1")])
    await issue(business, part)
    with pytest.raises(GraphQLFailed) as refusal:
        await issue(business, whole)
    assert refusal.value.code == "CONFLICT"
    assert (await CreditNote.get(id=whole)).number is None
    change = {"creditNoteId": whole, "lines": [line("99")]}
    await business.mutate(
        "updateCreditNote", "UpdateCreditNoteInput", "{ creditNote { id } }", **change
    )
    await issue(business, whole)
    assert await total(whole) == 11781


async def test_a_void_credit_note_frees_its_invoice(business: Business) -> None:
    invoice_id = await business.make_invoice(lines=[line("100")])
    first = await business.credit_invoice(invoice_id)
    await issue(business, first)
    assert "CREDIT" not in (await business.invoice(invoice_id, "allowedActions"))["allowedActions"]
    await business.credit_note("voidCreditNote", creditNoteId=first)
    assert "CREDIT" in (await business.invoice(invoice_id, "allowedActions"))["allowedActions"]
    second = await business.credit_invoice(invoice_id)
    await issue(business, second)
    assert await total(second) == 11900


async def test_an_invoice_with_credit_notes_cannot_be_cancelled(business: Business) -> None:
    invoice_id = await business.make_invoice()
    note_id = await business.credit_invoice(invoice_id)
    await issue(business, note_id)
    cancel = "mutation($input: InvoiceRef!) { cancelInvoice(input: $input) { invoice { id } } }"
    refusal = await business.refused(cancel, input={"invoiceId": invoice_id})
    assert refusal.code == "CONFLICT"
    await business.credit_note("voidCreditNote", creditNoteId=note_id)
    await business.gql(cancel, input={"invoiceId": invoice_id})
    draft = await CreditNote.filter(invoice_id=invoice_id).count()
    assert draft == 1


async def test_an_update_keeps_what_it_omits(business: Business) -> None:
    invoice_id = await business.make_invoice(lines=[line("100")], discount="10")
    note_id = await business.credit_invoice(invoice_id)

    async def update(**change: object) -> CreditNote:
        await business.mutate(
            "updateCreditNote",
            "UpdateCreditNoteInput",
            "{ creditNote { id } }",
            creditNoteId=note_id,
            **change,
        )
        return await CreditNote.get(id=note_id)

    note = await update(lines=[line("50")])
    assert (note.total, note.discount_amount, note.reason) == (4760, 1000, "Returned")
    note = await update(reason="Damaged", discount="0")
    assert (note.total, note.discount_amount, note.reason) == (5950, 0, "Damaged")
    for name, value in (("amount", "1"), ("currency", "USD"), ("reason", ""), ("lines", [])):
        with pytest.raises(GraphQLFailed) as refusal:
            await update(**{name: value})
        assert refusal.value.code == "BAD_INPUT"
    assert (await CreditNote.get(id=note_id)).total == 5950


async def test_a_plain_amount_has_no_lines_to_change(business: Business) -> None:
    customer_id = await business.make_customer()
    created = await business.mutate(
        "createCreditNote",
        "CreateCreditNoteInput",
        "{ creditNote { id invoice { id } lines { taxCategory amount { amount } } } }",
        customerId=customer_id,
        amount="12.50",
        reason="Sorry",
    )
    note = created["creditNote"]
    assert note["invoice"] is None
    assert note["lines"] == [{"taxCategory": "OUT_OF_SCOPE", "amount": {"amount": "12.50"}}]
    update = "mutation($input: UpdateCreditNoteInput!) { updateCreditNote(input: $input) { %s } }"
    selection = "creditNote { reason total { amount currency } }"
    refusal = await business.refused(
        update % selection, input={"creditNoteId": note["id"], "lines": [line("1")]}
    )
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "lines")
    change = {"creditNoteId": note["id"], "currency": "USD", "reason": None}
    changed = (await business.gql(update % selection, input=change))["updateCreditNote"]
    assert changed["creditNote"] == {
        "reason": None,
        "total": {"amount": "12.50", "currency": "USD"},
    }


@pytest.mark.both_databases
async def test_a_repeated_key_creates_one_draft(business: Business) -> None:
    invoice_id = await business.make_invoice()
    ids = await asyncio.gather(
        *(business.credit_invoice(invoice_id, idempotencyKey="k") for _ in range(CONCURRENCY))
    )
    assert len(set(ids)) == 1
    refusal = await refused(business, invoice_id, idempotencyKey="k", reason="Other")
    assert (refusal.code, refusal.field) == ("CONFLICT", "idempotencyKey")
    await issue(business, ids[0])
    assert await business.credit_invoice(invoice_id, idempotencyKey="k") == ids[0]


# --- races ----------------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_of_concurrent_credit_notes_over_all_of_it_one_is_issued(business: Business) -> None:
    invoice_id = await business.make_invoice(lines=[line("100")])
    drafts = [await business.credit_invoice(invoice_id) for _ in range(CONCURRENCY)]
    results = await asyncio.gather(
        *(issue(business, draft) for draft in drafts), return_exceptions=True
    )
    refusals = [result for result in results if isinstance(result, GraphQLFailed)]
    assert len(refusals) == CONCURRENCY - 1
    assert {refusal.code for refusal in refusals} == {"CONFLICT"}
    numbers = await CreditNote.filter(invoice_id=invoice_id, status="ISSUED").values("number")
    assert numbers == [{"number": "CN-00001"}]


@pytest.mark.both_databases
async def test_a_credit_note_is_issued_and_applied_once(business: Business) -> None:
    invoice_id = await business.make_invoice(lines=[line("100")])
    note_id = await business.credit_invoice(invoice_id, lines=[line("40")])
    staff = await authenticate(f"Bearer {business.secret}")
    await asyncio.gather(*(issue_and_apply_credit_note(staff, note_id) for _ in range(CONCURRENCY)))
    note, invoice = await CreditNote.get(id=note_id), await Invoice.get(id=invoice_id)
    assert (note.status, note.applied, note.remaining) == ("APPLIED", 4760, 0)
    assert (invoice.status, invoice.amount_due) == ("PARTIALLY_PAID", 7140)


async def test_credit_that_corrects_nothing_is_not_applied_when_it_is_issued(
    business: Business,
) -> None:
    created = await business.mutate(
        "createCreditNote",
        "CreateCreditNoteInput",
        "{ creditNote { id } }",
        customerId=await business.make_customer(),
        amount="1",
    )
    note_id = created["creditNote"]["id"]
    with pytest.raises(Conflict):
        await issue_and_apply_credit_note(await authenticate(f"Bearer {business.secret}"), note_id)
    assert (await CreditNote.get(id=note_id)).status == "DRAFT"


@pytest.mark.both_databases
async def test_an_invoice_is_never_cancelled_and_credited_at_once(business: Business) -> None:
    random = Random(1)
    cancel = "mutation($input: InvoiceRef!) { cancelInvoice(input: $input) { invoice { id } } }"
    for _ in range(5):
        invoice_id = await business.make_invoice()
        note_id = await business.credit_invoice(invoice_id)
        rivals = [
            issue(business, note_id),
            business.gql(cancel, input={"invoiceId": invoice_id}),
        ]
        random.shuffle(rivals)
        results = await asyncio.gather(*rivals, return_exceptions=True)
        assert [type(result) for result in results].count(GraphQLFailed) == 1
        status = (await Invoice.get(id=invoice_id)).status
        note = await CreditNote.get(id=note_id)
        assert (status == "CANCELLED") is (note.status == "DRAFT")


# --- what the API tells ---------------------------------------------------------------------------


async def test_invoices_and_credit_notes_name_each_other(business: Business) -> None:
    invoice_id = await business.make_invoice(lines=[line("100"), line("50", "7")])
    note_id = await business.credit_invoice(invoice_id, lines=[line("10", "7")])
    query = """query($id: ID!) { company { invoice(id: $id) { number creditNotes {
        id status reason number invoice { number }
        lines { description amount { amount } } taxes { rate base { amount } tax { amount } }
    } } } }"""
    seen = (await business.gql(query, id=invoice_id))["company"]["invoice"]
    assert seen["creditNotes"] == [
        {
            "id": note_id,
            "status": "DRAFT",
            "reason": "Returned",
            "number": None,
            "invoice": {"number": seen["number"]},
            "lines": [{"description": "Work", "amount": {"amount": "10.00"}}],
            "taxes": [{"rate": "7", "base": {"amount": "10.00"}, "tax": {"amount": "0.70"}}],
        }
    ]


async def test_another_companys_invoice_is_not_found(business: Business, rival: Business) -> None:
    invoice_id = await rival.make_invoice()
    assert (await refused(business, invoice_id)).code == "NOT_FOUND"
    assert not await CreditNote.exists(invoice_id=invoice_id)
