"""Crediting an invoice in full: the credit note has the invoice's figures, however it got them."""

from dataclasses import replace
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from models import Invoice, InvoiceLine
from services.billing.copies import discount_of
from services.billing.credit_note_drafts import CorrectionDraft, content_over
from services.billing.credit_pricing import amounts_by_taxes, totals_by_taxes
from services.billing.creditable import Creditable, discounted_line, rest_lines
from services.billing.drafting.lines import line_columns, line_texts
from services.billing.pricing import Discount, LineDraft, NamedTax, price
from tests.values.pricing_oracle import random_document
from values.money import MAX_AMOUNT, Minor
from values.pricing import DocumentPrice, LinePrice, Totals, calculate
from values.taxes import TaxRounding, summarize

invoices = st.builds(random_document, st.randoms(use_true_random=False))
checked = settings(max_examples=150, deadline=None)


def _draft(line: LinePrice) -> LineDraft:
    first, *others = line.taxes
    second = NamedTax(name=others[0].name or "Second", rate=others[0].rate) if others else None
    return LineDraft(
        description="Work",
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount_percent=line.discount_percent,
        tax_rate=first.rate,
        tax_category=first.category,
        tax_name=first.name,
        second_tax=second,
    )


def _invoice(document: DocumentPrice, random: Random | None = None) -> Creditable:
    """Return an issued invoice; with `random`, its taxes were rounded by some other rule."""
    lines = [replace(line, discount_amount=None) for line in document.lines]
    document = replace(document, lines=lines, discount_amount=None)
    totals = calculate(document)
    drafts = [_draft(line) for line in document.lines]
    rows = [
        InvoiceLine(**columns)
        for columns in line_columns(drafts, line_texts(drafts), totals, document.currency)
    ]
    if random and not document.prices_include_tax:  # such prices were unknown in former times
        for row in rows:
            row.tax += random.choice((0, 0, 1)) if row.tax > 0 else 0
    tax = sum(row.tax + row.second_tax for row in rows)
    invoice = Invoice(
        currency=document.currency,
        prices_include_tax=document.prices_include_tax,
        tax_rounding=document.rounding,
        discount_percent=document.discount_percent,
        subtotal=totals.subtotal,
        discount=totals.discount,
        tax=tax,
        total=totals.subtotal - totals.discount + tax,
        status="ISSUED",
    )
    amounts = amounts_by_taxes(rows)
    return Creditable(invoice=invoice, lines=rows, credited=0, amounts=amounts)


def _credit(creditable: Creditable, lines: list[LineDraft], discount: Discount) -> Totals:
    invoice = creditable.invoice
    entered = price(
        lines,
        discount,
        invoice.currency,
        prices_include_tax=invoice.prices_include_tax,
        rounding=TaxRounding(invoice.tax_rounding),
    )
    return creditable.price(lines, discount, entered, prices_include_tax=invoice.prices_include_tax)


def _is_usual(creditable: Creditable) -> bool:
    figures = [creditable.invoice.subtotal, *(line.amount for line in creditable.lines)]
    return creditable.total > 0 and all(abs(figure) < MAX_AMOUNT for figure in figures)


@checked
@given(invoices, st.randoms(use_true_random=False))
def test_a_credit_note_in_full_equals_the_invoice_in_every_figure(
    document: DocumentPrice, random: Random
) -> None:
    for creditable in (_invoice(document), _invoice(document, random)):
        if not _is_usual(creditable):
            continue
        invoice, rows = creditable.invoice, creditable.lines
        totals = _credit(creditable, rest_lines(creditable, "Rest"), discount_of(invoice))
        assert [(line.amount, line.net, line.discount, *line.taxes) for line in totals.lines] == [
            (row.amount, row.net, row.discount, row.tax)
            if row.second_tax_rate is None
            else (row.amount, row.net, row.discount, row.tax, row.second_tax)
            for row in rows
        ]
        assert totals.taxes == summarize(rows)
        assert (totals.subtotal, totals.discount, totals.tax, totals.total) == (
            invoice.subtotal,
            invoice.discount,
            invoice.tax,
            invoice.total,
        )


@checked
@given(invoices, st.randoms(use_true_random=False))
def test_lines_with_their_shares_of_the_discount_come_to_the_same(
    document: DocumentPrice, random: Random
) -> None:
    for creditable in (_invoice(document), _invoice(document, random)):
        if not _is_usual(creditable):
            continue
        lines = [discounted_line(line, creditable.invoice) for line in creditable.lines]
        totals = _credit(creditable, lines, Discount())
        assert totals.taxes == summarize(creditable.lines)
        assert totals.total == creditable.invoice.total


@checked
@given(invoices, st.randoms(use_true_random=False))
def test_amounts_are_credited_to_the_minor_unit_and_add_up_to_the_invoice(
    document: DocumentPrice, random: Random
) -> None:
    creditable = _invoice(document, random.choice((None, random)))
    if any(abs(part.total) > MAX_AMOUNT for part in creditable.amounts.values()):
        return
    while 0 < creditable.total <= MAX_AMOUNT:
        left = creditable.total
        amount = Minor(random.choice((1, left, random.randint(1, left))))
        draft = CorrectionDraft(
            customer_id="", creditable=creditable, **content_over(creditable, amount, "Part")
        )
        invoice = creditable.invoice
        totals = draft.totals(invoice.currency, TaxRounding(invoice.tax_rounding))
        assert totals.total == amount
        assert totals.tax == sum(each.tax for each in totals.taxes)
        amounts = dict(creditable.amounts)
        for taxes, part in totals_by_taxes(totals, [line.taxes for line in draft.lines]).items():
            assert amounts[taxes].contains(part)
            amounts[taxes] -= part
        credited = creditable.credited + amount
        creditable = replace(creditable, credited=credited, amounts=amounts)
        if not creditable.total:
            assert not any(amounts.values())


def test_a_share_of_the_discount_is_added_to_a_lines_own() -> None:
    line = InvoiceLine(
        description="Work",
        quantity=Decimal(2),
        unit_price=Decimal(50),
        discount_percent=Decimal(10),
        discount_amount=1000,
        amount=9000,
        net=9000,
        discount=450,
        tax_category="STANDARD",
        tax_rate=Decimal(19),
        tax=1624,
    )
    draft = discounted_line(line, Invoice(currency="EUR"))
    assert (draft.discount_percent, draft.discount_amount) == (None, Decimal("14.50"))
