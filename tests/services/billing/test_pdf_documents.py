"""The content of PDFs, made from rows, and the names of their files."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.urls import Urls
from i18n.translations import available_languages
from models import Company, CreditNote, Invoice, Quote
from models.documents import DOCUMENT_PARENTS
from pdf.cleaning import safe_filename
from pdf.documents import CorrectedInvoice, DocumentKind, Line, Party, PdfDocument
from services.billing.pdf_documents import filename_of, to_pdf_document
from services.ledger.payment_history import payment_history
from tests.pdf.test_worker_pool import PLAIN
from tests.support.clients import Business
from tests.support.sql_statements import statements, statements_for_lines
from values.money import Minor
from values.taxes import TaxCategory, TaxTotal

_URL: Final = "http://127.0.0.1:8000"


async def content_of(model: type[Invoice | Quote | CreditNote], document_id: str) -> PdfDocument:
    """Return the content of a document's PDF."""
    row = await model.get(id=document_id).select_related(*DOCUMENT_PARENTS)
    return await to_pdf_document(row, Urls(_URL))


async def invoice_of(invoice_id: str) -> PdfDocument:
    """Return the content of an invoice's PDF."""
    return await content_of(Invoice, invoice_id)


async def note_of(note_id: str) -> PdfDocument:
    """Return the content of a credit note's PDF."""
    return await content_of(CreditNote, note_id)


def line(price: str, rate: str) -> dict[str, str]:
    """Return one line of a draft."""
    return {"description": "Work", "quantity": "1", "unitPrice": price, "taxRate": rate}


def total(rate: str, base: int, tax: int) -> TaxTotal:
    """Return the sums of the tax at a rate."""
    category = TaxCategory.of_rate(Decimal(rate))
    return TaxTotal(category, None, Decimal(rate), Minor(base), Minor(tax))


async def test_an_invoice_has_all_its_content(business: Business) -> None:
    await Company.filter(id=business.company_id).update(address="Street 1", accent_color="#ff0000")
    customer_id = await business.make_customer(address="Road 2", taxId="GB 1", language="de")
    invoice_id = await business.make_invoice(
        customerId=customer_id,
        number="7",
        issueDate="2026-11-01",
        dueDate="2026-12-01",
        lines=[line("100", "20")],
        discount="10",
        notes="Thanks",
    )
    await business.pay(invoice_id, "8")
    row = await Invoice.get(id=invoice_id)
    assert await invoice_of(invoice_id) == PdfDocument(
        kind=DocumentKind.INVOICE,
        number="7",
        status="PARTIALLY_PAID",
        version=row.updated_at,
        language="de",
        currency="EUR",
        business=Party("Acme Ltd", "Street 1", business.email),
        customer=Party(
            "Ada Lovelace", "Road 2", "ada@example.com", tax_ids=("Steuernummer: GB 1",)
        ),
        total=10_800,
        accent_color="#ff0000",
        issue_date=date(2026, 11, 1),
        due_date=date(2026, 12, 1),
        lines=(Line("Work", Decimal(1), Decimal(100), Decimal(20), 10_000),),
        subtotal=10_000,
        discount_amount=1_000,
        taxes=(total("20", 9_000, 1_800),),
        history=tuple((await payment_history(row.id)).entries),
        paid=800,
        due=10_000,
        notes="Thanks",
    )


@pytest.mark.parametrize(
    ("rates", "shown"),
    [
        (["0", "0"], [("0", 20_000, 0)]),
        (["7", "19", "7.00"], [("19", 10_000, 1_900), ("7", 20_000, 1_400)]),
        (["0", "19"], [("19", 10_000, 1_900), ("0", 10_000, 0)]),
    ],
)
async def test_tax_is_listed_by_rate(
    business: Business, rates: list[str], shown: list[tuple[str, int, int]]
) -> None:
    invoice_id = await business.make_invoice(lines=[line("100", rate) for rate in rates])
    assert (await invoice_of(invoice_id)).taxes == tuple(total(*amounts) for amounts in shown)


async def test_an_invoice_has_what_its_draft_says(business: Business) -> None:
    await Company.filter(id=business.company_id).update(time_zone="Pacific/Kiritimati")
    address = {"lines": ["Quay 1"], "city": "Porto", "country": "PT"}
    customer_id = await business.make_customer(postalAddress={"lines": [], "country": "DE"})
    second = {"name": "QST", "rate": "9.975"}
    invoice_id = await business.make_invoice(
        customerId=customer_id,
        lines=[
            line("10", "5") | {"taxName": "GST", "secondTax": second},
            line("20", "0") | {"taxCategory": "EXPORT", "unit": "HUR", "discountPercent": "10"},
        ],
        pricesIncludeTax=True,
        discountPercent="5",
        taxExemptionReason="Article 146",
        servicePeriod={"from": "2026-11-02", "to": "2026-11-20"},
        purchaseOrder="4500",
        buyerReference="Leitweg",
        deliveryAddress=address,
        paymentTerms="Net 30",
    )
    await business.pay(invoice_id, "1")
    shown = await invoice_of(invoice_id)
    first, hours = shown.lines
    assert (first.tax_name, first.second_tax_name) == ("GST", "QST")
    assert first.second_tax_rate == Decimal("9.975")
    assert (hours.unit, hours.discount_percent, hours.discount_amount) == ("HUR", Decimal(10), 200)
    assert (hours.tax_category, hours.amount) == (TaxCategory.EXPORT, 1_800)
    assert (shown.prices_include_tax, shown.discount_percent, shown.discount_amount) == (
        True,
        Decimal(5),
        140,
    )
    assert shown.tax_reasons == ("Article 146",)
    assert (shown.period_start, shown.period_end) == (date(2026, 11, 2), date(2026, 11, 20))
    assert (shown.purchase_order, shown.buyer_reference) == ("4500", "Leitweg")
    assert (shown.delivery_address, shown.payment_terms) == ("Quay 1\nPorto\nPortugal", "Net 30")
    [payment] = shown.history
    assert (payment.amount, payment.at.utcoffset()) == (100, timedelta(hours=14))


async def test_the_link_is_the_invoice_s_own_and_never_the_portal_s(business: Business) -> None:
    customer_id = await business.make_customer()
    await business.share_portal(customer_id)
    invoice_id = await business.make_invoice(customerId=customer_id)
    assert (await invoice_of(invoice_id)).link is None
    token = await business.share(invoice_id)
    assert (await invoice_of(invoice_id)).link == f"{_URL}/invoice/{token}"


async def test_a_credit_note_has_its_remaining_credit_and_last_change(business: Business) -> None:
    customer_id = await business.make_customer()
    note_id = await business.make_credit_note(customer_id, "50", reason="Late")
    row = await CreditNote.get(id=note_id)
    issued = await note_of(note_id)
    assert (issued.paid, issued.due, issued.reason) == (0, 5_000, "Late")
    assert (issued.corrected_invoice, issued.notes) == (None, None)
    assert (issued.version, issued.issue_date) == (row.updated_at, datetime.now(UTC).date())
    invoice_id = await business.make_invoice(customerId=customer_id)
    applied = {"creditNoteId": note_id, "invoiceId": invoice_id, "amount": "20"}
    await business.credit_note("applyCreditNote", **applied)
    changed = await CreditNote.get(id=note_id)
    used = await note_of(note_id)
    assert (used.status, used.paid, used.due) == ("APPLIED", 2_000, 3_000)
    assert used.version == changed.updated_at > issued.version


async def test_a_correction_names_its_invoice_and_has_its_taxes(business: Business) -> None:
    lines = [line("100.00", "19"), line("50.00", "7")]
    invoice_id = await business.make_invoice(lines=lines, number="7", issueDate="2026-11-01")
    note_id = await business.credit_invoice(invoice_id, lines=[line("40.00", "19")])
    draft = await note_of(note_id)
    corrected = CorrectedInvoice(number="7", issue_date=date(2026, 11, 1))
    assert (draft.status, draft.corrected_invoice) == ("DRAFT", corrected)
    assert (draft.taxes, draft.total) == ((total("19", 4_000, 760),), 4_760)
    await business.credit_note("issueCreditNote", creditNoteId=note_id)
    await business.mutate(
        "payOutCredit",
        "PayOutCreditInput",
        "{ creditNote { id } }",
        creditNoteId=note_id,
        amount="10",
        method="Bank",
    )
    paid = await note_of(note_id)
    assert (paid.paid, paid.paid_out, paid.due) == (0, 1_000, 3_760)


@pytest.mark.parametrize(
    ("make", "path"),
    [(Business.make_draft, "/invoices/{}.pdf"), (Business.make_quote, "/quotes/{}.pdf")],
)
async def test_a_document_comes_with_its_parties_and_lines(
    business: Business, make: Any, path: str
) -> None:
    document_id = await make(business)
    await business.http.head(path.format(document_id), headers=business.headers)
    with statements() as executed:
        await business.http.head(path.format(document_id), headers=business.headers)
    of_document = [one for one in executed if "secret_hash" not in one]
    assert len(of_document) == 1 + statements_for_lines()


async def test_a_shared_invoice_costs_a_statement_more_for_its_history(business: Business) -> None:
    token = await business.share(await business.make_invoice())
    with statements() as executed:
        await business.http.head(f"/invoice/{token}.pdf", headers=business.stranger.headers)
    assert len(executed) == 2 + statements_for_lines()


async def test_content_does_not_depend_on_whether_it_is_overdue(business: Business) -> None:
    late = await business.make_invoice(issueDate="2020-01-01", dueDate="2020-01-31")
    assert (await invoice_of(late)).status == "ISSUED"


async def test_the_accent_color_has_a_default(business: Business) -> None:
    invoice_id = await business.make_invoice()
    assert (await invoice_of(invoice_id)).accent_color == "#1d4ed8"


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "number", "language", "name"),
    [
        (DocumentKind.INVOICE, "2026-0001", "en", "Invoice-2026-0001.pdf"),
        (DocumentKind.QUOTE, "Q 7/8", "en", "Quote-Q-7-8.pdf"),
        (DocumentKind.CREDIT_NOTE, "CN-1", "en", "Credit-note-CN-1.pdf"),
        (DocumentKind.INVOICE, "../..\\x", "de-AT", "Rechnung-..-..-x.pdf"),
        (DocumentKind.INVOICE, "請求書\u202e7\x00\r\n", "en", "Invoice-請求書7.pdf"),
        (DocumentKind.INVOICE, "a\u0308", "ja", "請求書-ä.pdf"),
        (DocumentKind.INVOICE, "%(x)s", "en", "Invoice-(x)s.pdf"),
        (DocumentKind.INVOICE, "", "en", "Invoice-(Draft).pdf"),
        (DocumentKind.CREDIT_NOTE, "", "de", "Gutschrift-(Entwurf).pdf"),
    ],
)
def test_a_file_is_named_after_its_document(
    kind: DocumentKind, number: str, language: str, name: str
) -> None:
    assert filename_of(replace(PLAIN, kind=kind, number=number, language=language)) == name


@given(st.text(max_size=64), st.sampled_from(available_languages()))
def test_file_names_are_safe_for_any_number(number: str, language: str) -> None:
    name = filename_of(replace(PLAIN, number=number, language=language))
    assert name.endswith(".pdf")
    assert name[0] not in ".-"
    assert not any(c in '/\\:*?"<>|' or ord(c) < 32 for c in name)
    assert name.encode()


@pytest.mark.parametrize(
    ("number", "name"),
    [("con", "_con"), ("COM1.2026", "_COM1.2026"), ("CON-1", "CON-1"), ("COM10", "COM10")],
)
def test_no_file_has_a_name_that_windows_reserves(number: str, name: str) -> None:
    assert safe_filename(number) == name
