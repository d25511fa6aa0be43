"""Timelines: everything once, newest first, opens in a row folded, however it is paged."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.staff import Staff, system_actor
from db.shown_rows import SHOWN_ACTIONS, SHOWN_UPDATES
from db.statements import fetch
from errors import BadInput
from models import (
    AuditAction,
    AuditEntry,
    CreditNote,
    Customer,
    EmailDelivery,
    Invoice,
    InvoiceChange,
    InvoiceUpdate,
    InvoiceView,
    MailKind,
    ReaderAction,
    ViewFeed,
    ViewSource,
)
from services.activity import rows, timelines
from services.activity.details import ACTIONS
from services.activity.entries import ActivityKind, Entry
from services.activity.scopes import Scope
from services.activity.timelines import TimelinePage, load_happenings, load_timeline
from services.activity.words import words_of
from tests.services.sharing.test_reads import REPORT
from tests.support.clients import Business, Caller
from tests.support.sql_statements import statements

_START: Final = datetime.now(UTC).replace(hour=12, minute=0) + timedelta(days=1)
_HAPPENING: Final = st.tuples(
    st.sampled_from(["open", "open", "open", "automated", "email", "update", "noted"]),
    st.integers(0, 1),  # which invoice
    st.integers(0, 40),  # hours since the last one
)


def _staff(business: Business) -> Staff:
    return system_actor(business.company_id, "Ines")


async def _scope(invoice_id: str) -> Scope:
    return Scope.of_document(await Invoice.get(id=invoice_id))


async def _pages(staff: Staff, scope: Scope, first: int) -> list[TimelinePage]:
    pages = [await load_timeline(staff, scope, first)]
    while pages[-1].has_next:
        pages.append(await load_timeline(staff, scope, first, pages[-1].end_cursor))
    return pages


async def _texts(business: Business, scope: Scope) -> list[str]:
    page = await load_timeline(_staff(business), scope, 50)
    return [words_of(entry, "en", entry.at + timedelta(days=1)).text for entry in page.entries]


async def _happen(business: Business, invoices: Sequence[Invoice], *what: tuple[Any, ...]) -> int:
    """Write rows of what happened, after all events, and return how many timelines have."""
    await InvoiceView.filter(company_id=business.company_id).delete()
    await EmailDelivery.filter(company_id=business.company_id).delete()
    await AuditEntry.filter(company_id=business.company_id).delete()
    feed = await ViewFeed.get(company_id=business.company_id)
    at, views, updates = _START, feed.sequence, feed.update_sequence
    if (
        last := await InvoiceUpdate.filter(company_id=business.company_id, at__gt=at)
        .order_by("-at")
        .first()
    ):
        at = last.at
    for kind, which, hours in what:
        at += timedelta(hours=hours)
        invoice = invoices[which]
        of_invoice: dict[str, Any] = {
            "company_id": business.company_id,
            "invoice_id": invoice.id,
        }
        if kind in {"open", "automated"}:
            views += 1
            await InvoiceView.create(
                **of_invoice,
                customer_id=invoice.customer_id,
                sequence=views,
                viewed_at=at,
                source=ViewSource.LINK,
                automated=kind == "automated",
                ip=f"192.0.2.{hours % 2}",
                user_agent=None if hours % 3 else "curl/8.0",
                read_at=at if kind == "open" and hours % 4 == 1 else None,
            )
        elif kind == "email":
            row = await EmailDelivery.create(
                **of_invoice,
                customer_id=invoice.customer_id,
                kind=MailKind.INVOICE,
                recipient="ada@example.com",
                status="FAILED",
            )
            await EmailDelivery.filter(id=row.id).update(created_at=at)
        elif kind == "update":
            updates += 1
            await InvoiceUpdate.create(
                **of_invoice,
                customer_id=invoice.customer_id,
                sequence=updates,
                change=InvoiceChange.PAYMENT_PENDING,
                amount=100,
                at=at,
            )
        else:
            entry = await AuditEntry.create(
                company_id=business.company_id,
                action=AuditAction.INVOICE_SHARED,
                actor="Ines",
                credential_id=uuid4(),
                subject_id=invoice.id,
                subject=invoice.label,
                customer_id=invoice.customer_id,
            )
            await AuditEntry.filter(id=entry.id).update(at=at)
    await ViewFeed.filter(company_id=business.company_id).update(
        sequence=views, update_sequence=updates
    )
    events = await InvoiceUpdate.filter(company_id=business.company_id).count()
    return events + sum(kind not in {"automated", "update"} for kind, _, _ in what)


async def _two_invoices(business: Business) -> list[Invoice]:
    if made := await Invoice.filter(company_id=business.company_id):
        return made
    customer_id = await business.make_customer()
    ids = [await business.make_invoice(customerId=customer_id) for _ in range(2)]
    return [await Invoice.get(id=invoice_id) for invoice_id in ids]


def _size(entry: Entry) -> int:
    return entry.opens.count if entry.opens else 1


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(what=st.lists(_HAPPENING, max_size=25), first=st.integers(1, 7))
async def test_pages_have_everything_once_and_in_order(
    business: Business, what: list[tuple[Any, ...]], first: int
) -> None:
    invoices = await _two_invoices(business)
    expected = await _happen(business, invoices, *what)
    staff = _staff(business)
    customer = await Customer.get(id=invoices[0].customer_id)
    whole = await load_timeline(staff, Scope.of_customer(customer), 100)
    pages = await _pages(staff, Scope.of_customer(customer), first)
    paged = [entry for page in pages for entry in page.entries]
    assert paged == list(whole.entries)
    assert all(len(page.entries) <= first for page in pages)
    assert sum(map(_size, paged)) == expected
    assert len({entry.id for entry in paged}) == len(paged)
    times = [entry.at for entry in paged]
    assert times == sorted(times, reverse=True)
    own = [await _pages(staff, Scope.of_document(invoice), first) for invoice in invoices]
    sizes = [_size(entry) for pages in own for page in pages for entry in page.entries]
    assert sum(sizes) == expected


@pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(what=st.lists(_HAPPENING, max_size=39), first=st.integers(1, 12), fold=st.integers(20, 40))
async def test_the_database_folds_opens_as_they_are_folded_one_by_one(
    business: Business,
    monkeypatch: pytest.MonkeyPatch,
    what: list[tuple[Any, ...]],
    first: int,
    fold: int,
) -> None:
    invoices = await _two_invoices(business)
    await _happen(business, invoices, *((kind, which, hours // 9) for kind, which, hours in what))
    staff = _staff(business)
    customer = await Customer.get(id=invoices[0].customer_id)
    for scope in (Scope.of_customer(customer), Scope.of_document(invoices[0])):
        entries = []
        for usual_fold in (100, 1):
            with monkeypatch.context() as patched:
                patched.setattr(timelines, "FOLD", fold)
                patched.setattr(timelines, "_USUAL_FOLD", usual_fold)
                patched.setattr(timelines, "_FOLDED_DAYS", 3)
                pages = await _pages(staff, scope, first)
            entries.append([entry for page in pages for entry in page.entries])
        one_by_one, folded = entries
        assert folded == one_by_one


async def test_what_happens_while_somebody_pages_is_on_no_later_page(business: Business) -> None:
    invoices = await _two_invoices(business)
    await _happen(business, invoices, *[("open", 0, 30)] * 3)
    scope, staff = Scope.of_document(invoices[0]), _staff(business)
    newest = await load_timeline(staff, scope, 1)
    await business.stranger.record_view(await business.share(str(invoices[0].id)))
    await business.pay(str(invoices[0].id), "1.00")
    rest = await load_timeline(staff, scope, 50, newest.end_cursor)
    kinds = [entry.kind for entry in rest.entries]
    assert kinds == [ActivityKind.OPENED, ActivityKind.OPENED, ActivityKind.ISSUED]


async def test_opens_in_a_row_are_one_entry_until_something_else_happens(
    business: Business,
) -> None:
    invoices = await _two_invoices(business)
    opened = [("open", 0, 0)] * 3
    await _happen(business, invoices, *opened, ("automated", 0, 0), ("open", 0, 0))
    assert (await _texts(business, await _scope(str(invoices[0].id))))[0] == "Opened 4 times"
    await _happen(business, invoices, *opened, ("update", 0, 1), *opened[:2])
    texts = await _texts(business, await _scope(str(invoices[0].id)))
    assert [text for text in texts if "Opened" in text] == ["Opened twice", "Opened 3 times"]


async def test_opens_of_two_days_of_the_company_are_two_entries(business: Business) -> None:
    invoices = await _two_invoices(business)
    await _happen(business, invoices, ("open", 0, 11), ("open", 0, 2))  # 23:00 and 01:00 in UTC
    texts = await _texts(business, await _scope(str(invoices[0].id)))
    assert texts.count("Opened from the link") == 2


async def test_more_opens_than_are_folded_are_read_in_parts(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timelines, "FOLD", 4)
    invoices = await _two_invoices(business)
    await _happen(business, invoices, *[("open", 0, 0)] * 30, *[("automated", 0, 0)] * 30)
    pages = await _pages(_staff(business), Scope.of_document(invoices[0]), 2)
    entries = [entry for page in pages for entry in page.entries]
    assert sum(_size(entry) for entry in entries if entry.opens) == 30
    assert max(map(_size, entries)) == 4


async def test_the_story_of_an_invoice(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token, reader = await business.share(invoice_id), business.stranger
    await reader.record_view(token)
    await _read(reader, token)
    await business.pay(invoice_id, "20.00")
    actor = "bootstrap"
    texts = await _texts(business, await _scope(invoice_id))
    assert [text for text in texts if "Receipt" not in text] == [
        "Paid €20.00 by cash",
        "Read for the first time",
        f"Shared by {actor}",
        f"Issued by {actor}",
        f"Created by {actor}",
    ]


async def _read(reader: Caller, token: str) -> None:
    await reader.gql(REPORT, input={"token": token, "action": ReaderAction.READ})


async def test_a_credit_note_s_timeline_has_amounts_as_others_have(business: Business) -> None:
    customer_id = await business.make_customer()
    note_id = await business.make_credit_note(customer_id, "15.00")
    invoice_id = await business.make_invoice(customerId=customer_id)
    for field, kind, more in (
        ("applyCreditNote", "ApplyCreditNoteInput", {"invoiceId": invoice_id, "amount": "5"}),
        ("payOutCredit", "PayOutCreditInput", {"amount": "10", "method": "bank"}),
    ):
        await business.mutate(field, kind, "{ __typename }", creditNoteId=note_id, **more)
    note = await CreditNote.get(id=note_id)
    page = await load_timeline(_staff(business), Scope.of_document(note), 2)
    details = [words_of(entry, "en", entry.at).details for entry in page.entries]
    assert details == [["€10.00, bank"], ["€5.00 to INV-00001"]]


async def test_a_cursor_works_in_its_own_timeline_only(business: Business) -> None:
    first, second = await _two_invoices(business)
    staff = _staff(business)
    page = await load_timeline(staff, Scope.of_document(first), 1)
    with pytest.raises(BadInput):
        await load_timeline(staff, Scope.of_document(second), 1, page.end_cursor)


async def test_the_feed_has_what_clients_did(business: Business) -> None:
    invoices = await _two_invoices(business)
    await _happen(
        business, invoices, ("noted", 0, 1), ("open", 0, 1), ("email", 1, 1), ("update", 1, 1)
    )
    entries = await load_happenings(_staff(business), 10)
    sentences = [words_of(entry, "en", entry.at).plain_sentence for entry in entries]
    first, second = (invoice.label for invoice in invoices)
    assert sentences == [
        f"€1.00 from Ada Lovelace is on its way for {second}",
        f"Ada Lovelace is looking at {first}",
    ]


def test_timelines_know_what_the_indexes_have() -> None:
    assert {action.value for action in ACTIONS} == set(SHOWN_ACTIONS)
    shown = {change.value for change in InvoiceChange if f"'{change}'" not in SHOWN_UPDATES}
    assert shown <= {kind.value for kind in ActivityKind}


async def test_a_long_page_takes_as_many_statements_as_a_short_one(business: Business) -> None:
    invoices = await _two_invoices(business)
    kinds = ("open", "email", "update", "noted")
    query = "{ company { timeline(first: %s) { edges { node { sentence } } } } }"
    counts = []
    for repeated, first in ((1, 5), (10, 40)):
        happened = [(kind, at % 2, 1) for at in range(repeated) for kind in kinds]
        await _happen(business, invoices, *happened)
        await business.gql(query % first)
        with statements() as executed:
            timeline = (await business.gql(query % first))["company"]["timeline"]
        assert len(timeline["edges"]) >= len(kinds) * repeated - 1
        counts.append(len(executed))
    assert counts[0] == counts[1] <= 10


async def test_the_api_has_sentences_facts_and_cursors(business: Business) -> None:
    invoice_id = await business.make_invoice()
    await business.mutate(
        "recordPayment",
        "RecordPaymentInput",
        "{ invoice { id } }",
        invoiceId=invoice_id,
        amount="20.00",
        method="cash",
        sendReceipt=False,
    )
    query = """query($id: ID!, $after: String) { company { invoice(id: $id) {
        timeline(first: 2, after: $after) {
            edges { cursor node { kind tone text sentence details actor
                amount { formatted } document { type id label } payment { method stripeUrl } } }
            pageInfo { hasNextPage endCursor } } } } }"""

    async def page(after: str | None) -> Any:
        return (await business.gql(query, id=invoice_id, after=after))["company"]["invoice"][
            "timeline"
        ]

    newest = await page(None)
    paid, issued = [edge["node"] for edge in newest["edges"]]
    assert paid == {
        "kind": "PAYMENT_RECEIVED",
        "tone": "GOOD",
        "text": "Paid €20.00 by cash",
        "sentence": "Ada Lovelace paid €20.00 for INV-00001",
        "details": ["Recorded by bootstrap"],
        "actor": "bootstrap",
        "amount": {"formatted": "€20.00"},
        "document": {"type": "INVOICE", "id": invoice_id, "label": "INV-00001"},
        "payment": {"method": "Cash", "stripeUrl": None},
    }
    assert (issued["kind"], newest["pageInfo"]["hasNextPage"]) == ("ISSUED", True)
    oldest = await page(newest["pageInfo"]["endCursor"])
    assert [edge["node"]["text"] for edge in oldest["edges"]] == ["Created by bootstrap"]
    assert not oldest["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True, scope="session")
async def test_each_kind_of_rows_is_found_by_an_index_of_what_is_shown(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans: list[str] = []

    async def explain(sql: str, *values: object) -> Sequence[Any]:
        plan = await fetch(f"EXPLAIN QUERY PLAN {sql}", *values)
        plans.append(" ".join(row["detail"] for row in plan))
        return await fetch(sql, *values)

    monkeypatch.setattr(rows, "fetch_records", explain)
    invoice, _ = await _two_invoices(business)
    customer = await Customer.get(id=invoice.customer_id)
    for scope, owner, subject in (
        (Scope.of_document(invoice), "invoice", "subject"),
        (Scope.of_customer(customer), "customer", "customer"),
        (Scope.of_company(business.company_id), "company", "company"),
    ):
        plans.clear()
        await load_timeline(_staff(business), scope, 25)
        updates, emails, entries, views = plans
        assert f"invoice_update_of_{owner} " in updates
        assert "USING INDEX email_delivery_" in emails
        assert f"audit_entry_of_{subject} " in entries
        assert not [plan for plan in (updates, emails, entries) if "SCAN" in plan]
        assert "SCAN invoice" not in views
        if owner == "customer":
            assert "invoice_view_of_customer " in views
