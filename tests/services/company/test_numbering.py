"""How a company numbers its documents, and what changes of that do to what is issued next."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from unittest.mock import Mock, patch

import pytest

from models import AuditEntry, Invoice, NumberSeries, companies
from tests.support.clients import Business, GraphQLFailed

_NUMBERING: Final = "numbering { kind format next restartsYearly preview }"


async def _change(business: Business, **changes: object) -> Any:
    """Change the numbering and return it, by kind."""
    payload = await business.mutate(
        "updateCompany", "UpdateCompanyInput", f"{{ company {{ {_NUMBERING} }} }}", **changes
    )
    return {each["kind"]: each for each in payload["company"]["numbering"]}


async def _invoices(business: Business) -> Any:
    """Return how invoices are numbered."""
    company = (await business.gql(f"{{ company {{ {_NUMBERING} }} }}"))["company"]
    return company["numbering"][0]


async def _issued(business: Business, **details: object) -> str:
    invoice_id = await business.make_invoice(**details)
    number: str = (await business.invoice(invoice_id, "number"))["number"]
    return number


@contextmanager
def _now(instant: str) -> Iterator[None]:
    """Let it be `instant`, in ISO 8601, for what depends on the day."""
    now = datetime.fromisoformat(instant)
    with patch.object(companies, "time", Mock(time=now.timestamp)):
        yield


async def test_the_defaults(business: Business) -> None:
    rest = {"next": 1, "restartsYearly": False}
    assert (await business.gql(f"{{ company {{ {_NUMBERING} }} }}"))["company"]["numbering"] == [
        {"kind": "INVOICE", "format": "INV-{seq:5}", "preview": "INV-00001"} | rest,
        {"kind": "QUOTE", "format": "Q-{seq:5}", "preview": "Q-00001"} | rest,
        {"kind": "CREDIT_NOTE", "format": "CN-{seq:5}", "preview": "CN-00001"} | rest,
    ]
    assert not await NumberSeries.exists(company_id=business.company_id)


async def test_another_programs_numbers_are_continued(business: Business) -> None:
    with _now("2026-11-28T12:00:00Z"):
        changed = await _change(
            business, invoiceNumberFormat=" RE/{year}/{month}-{seq:3} ", nextInvoiceNumber=147
        )
        assert changed["INVOICE"] == {
            "kind": "INVOICE",
            "format": "RE/{year}/{month}-{seq:3}",
            "next": 147,
            "restartsYearly": False,
            "preview": "RE/2026/11-147",
        }
        assert [await _issued(business) for _ in range(2)] == ["RE/2026/11-147", "RE/2026/11-148"]
    assert (await _invoices(business))["next"] == 149


async def test_omitted_settings_and_other_series_stay(business: Business) -> None:
    await _change(business, invoiceNumberFormat="A{seq}", nextInvoiceNumber=5)
    changed = await _change(business, creditNoteNumberFormat="G-{seq}", nextQuoteNumber=7)
    assert [changed[kind]["preview"] for kind in ("INVOICE", "QUOTE", "CREDIT_NOTE")] == [
        "A5",
        "Q-00007",
        "G-1",
    ]
    changed = await _change(business, invoiceNumberFormat=None, phone="1")
    assert changed["INVOICE"]["preview"] == "INV-00005"


async def test_numbers_use_the_issue_date(business: Business) -> None:
    await _change(business, invoiceNumberFormat="{year}{month}-{seq}")
    assert await _issued(business, issueDate="2024-02-29") == "202402-1"
    assert await _issued(business, issueDate="2023-12-31") == "202312-2"


# --- yearly restarts -----------------------------------------------------------------------------


async def test_numbers_restart_at_new_year_where_the_company_is(business: Business) -> None:
    await _change(
        business,
        timeZone="Pacific/Auckland",
        invoiceNumberFormat="{year}-{seq}",
        invoiceNumbersRestartYearly=True,
    )
    numbers = []
    for instant in (
        "2026-12-31T10:30:00Z",
        "2026-12-31T10:59:59Z",
        "2026-12-31T11:00:00Z",
        "2027-06-01T00:00:00Z",
    ):
        with _now(instant):
            numbers.append(await _issued(business))
    assert numbers == ["2026-1", "2026-2", "2027-1", "2027-2"]
    with _now("2027-06-01T00:00:00Z"):
        assert await _issued(business, issueDate="2026-12-31") == "2026-3"
        assert await _issued(business) == "2027-3"
        assert (await _invoices(business))["preview"] == "2027-4"
    with _now("2028-01-01T00:00:00Z"):
        assert (await _invoices(business))["preview"] == "2028-1"


async def test_this_years_numbers_go_on_when_restarts_are_turned_on_or_off(
    business: Business,
) -> None:
    await _change(business, invoiceNumberFormat="{year}-{seq}", nextInvoiceNumber=8)
    with _now("2026-12-31T12:00:00Z"):
        changed = await _change(business, invoiceNumbersRestartYearly=True)
        assert changed["INVOICE"]["preview"] == "2026-8"
        assert await _issued(business) == "2026-8"
    with _now("2027-01-01T12:00:00Z"):
        assert await _issued(business) == "2027-1"
        changed = await _change(business, invoiceNumbersRestartYearly=None)
        assert changed["INVOICE"]["preview"] == "2027-2"
    with _now("2028-01-01T12:00:00Z"):
        assert await _issued(business) == "2028-2"
        changed = await _change(business, invoiceNumbersRestartYearly=True, nextInvoiceNumber=1)
        assert changed["INVOICE"]["preview"] == "2028-1"


# --- taken numbers -------------------------------------------------------------------------------


async def test_a_lower_next_number_skips_what_is_taken(business: Business) -> None:
    for _ in range(3):
        await _issued(business)
    await _issued(business, number="inv-00005")
    changed = await _change(business, nextInvoiceNumber=2)
    assert (changed["INVOICE"]["next"], changed["INVOICE"]["preview"]) == (4, "INV-00004")
    assert [await _issued(business) for _ in range(2)] == ["INV-00004", "INV-00006"]
    await _change(business, nextInvoiceNumber=1, invoiceNumberFormat="NEW-{seq}")
    assert await _issued(business) == "NEW-1"


async def test_a_number_that_a_draft_waits_for_is_given_to_who_is_first(
    business: Business,
) -> None:
    draft_id = await business.make_draft(number="INV-00001")
    assert (await _invoices(business))["preview"] == "INV-00001"
    await business.issue(draft_id)
    assert (await _invoices(business))["preview"] == "INV-00002"


async def test_issues_and_changes_of_the_format_take_turns(business: Business) -> None:
    customer_id = await business.make_customer()
    drafts = [await business.make_draft(customerId=customer_id) for _ in range(20)]
    formats = ("A{seq}", "B{seq}", "C{seq}", "D{seq}")
    await asyncio.gather(
        *(business.issue(draft_id) for draft_id in drafts[:10]),
        *(_change(business, invoiceNumberFormat=each) for each in formats),
        *(business.issue(draft_id) for draft_id in drafts[10:]),
        *(business.make_draft(customerId=customer_id, number=f"E{n}") for n in range(10)),
    )
    rows = await Invoice.filter(id__in=drafts)
    numbers = [str(row.number) for row in rows]
    assert sorted(int(number.lstrip("ABCDINV-")) for number in numbers) == list(range(1, 21))


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"invoiceNumberFormat": ""}, "invoiceNumberFormat"),
        ({"invoiceNumberFormat": "INV"}, "invoiceNumberFormat"),
        ({"quoteNumberFormat": "{seq}{seq}"}, "quoteNumberFormat"),
        ({"creditNoteNumberFormat": "{seq}.pdf"}, "creditNoteNumberFormat"),
        ({"invoiceNumberFormat": "x" * 64 + "{seq}"}, "invoiceNumberFormat"),
        ({"nextInvoiceNumber": 0}, "nextInvoiceNumber"),
        ({"nextQuoteNumber": -1}, "nextQuoteNumber"),
        ({"nextCreditNoteNumber": 1_000_000_001}, "nextCreditNoteNumber"),
        ({"nextInvoiceNumber": None}, "nextInvoiceNumber"),
        ({"invoiceNumbersRestartYearly": True}, "invoiceNumbersRestartYearly"),
        (
            {"quoteNumbersRestartYearly": True, "quoteNumberFormat": "Q{seq}"},
            "quoteNumberFormat",
        ),
    ],
)
async def test_wrong_settings_change_nothing(
    business: Business, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(GraphQLFailed) as refusal:
        await _change(business, **{"phone": "1", "nextInvoiceNumber": 5} | changes)
    assert (refusal.value.code, refusal.value.field) == ("BAD_INPUT", field)
    assert (await _invoices(business))["preview"] == "INV-00001"
    assert (await business.gql("{ company { phone } }"))["company"] == {"phone": None}
    assert not await AuditEntry.exists(company_id=business.company_id)


async def test_it_needs_the_permission_to_manage_the_company(business: Business) -> None:
    key = await business.make_key("MANAGE_INVOICES", "VIEW_INVOICES")
    with pytest.raises(GraphQLFailed) as refusal:
        await key.gql(
            "mutation { updateCompany(input: {nextInvoiceNumber: 5}) { company { id } } }"
        )
    assert refusal.value.code == "FORBIDDEN"
    company = (await key.gql("{ company { numbering { preview } } }"))["company"]
    assert company["numbering"][0] == {"preview": "INV-00001"}


# --- the audit log -------------------------------------------------------------------------------


async def test_changes_are_logged_with_before_and_after(business: Business) -> None:
    await _change(
        business,
        invoiceNumberFormat="{year}-{seq}",
        nextInvoiceNumber=7,
        invoiceNumbersRestartYearly=True,
        nextQuoteNumber=1,
    )
    await _change(business, invoiceNumberFormat="{year}-{seq}", nextCreditNoteNumber=3)
    entries = await AuditEntry.filter(company_id=business.company_id).order_by("at")
    assert [(entry.action, entry.subject, entry.detail) for entry in entries] == [
        (
            "NUMBERING_CHANGED",
            "invoices",
            (
                "Format: INV-{seq:5} → {year}-{seq}\n"
                "Next number: 1 → 7\n"
                "Starts again each year: no → yes"
            ),
        ),
        ("NUMBERING_CHANGED", "credit notes", "Next number: 1 → 3"),
    ]
