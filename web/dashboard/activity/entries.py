"""Entries of timelines as pages show them: with icons, colours and links."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from auth.permissions import Permission
from core.urls import PATHS
from models import Customer, DeliveryState, Invoice
from models.documents import PricedDocument
from models.invoices import LIVE_TTL
from services.activity.entries import ActivityKind, Entry, Subject, SubjectKind
from services.activity.scopes import Scope
from services.activity.timelines import TimelinePage, load_timeline
from services.activity.words import Part, Tone, words_of
from values.payments import receipt_id_of
from web.dashboard.requests import DashboardRequest

PAGE_SIZE: Final = 25
Link = tuple[str, str]
"""A label and an address."""

_SECTIONS: Final = {
    SubjectKind.INVOICE: "invoices",
    SubjectKind.QUOTE: "quotes",
    SubjectKind.CREDIT_NOTE: "credit-notes",
    SubjectKind.CUSTOMER: "customers",
}
_LOOKS: Final = {
    Tone.GOOD: "is-good",
    Tone.BAD: "is-bad",
    Tone.INFO: "is-info",
    Tone.NEUTRAL: "",
}
_ICONS: Final[Mapping[ActivityKind, str]] = {
    ActivityKind.CREATED: "plus",
    ActivityKind.EDITED: "edit",
    ActivityKind.DELETED: "trash",
    ActivityKind.ISSUED: "file",
    ActivityKind.CANCELLED: "minus",
    ActivityKind.VOIDED: "minus",
    ActivityKind.SHARED: "share",
    ActivityKind.SHARE_REVOKED: "lock",
    ActivityKind.EMAILED: "mail",
    ActivityKind.EMAILS_TURNED_OFF: "mail",
    ActivityKind.OPENED: "eye",
    ActivityKind.READ: "check",
    ActivityKind.PAYMENT_PENDING: "clock",
    ActivityKind.PAYMENT_FAILED: "x",
    ActivityKind.DISPUTED: "alert",
    ActivityKind.QUESTION_ASKED: "chat",
    ActivityKind.QUESTION_ANSWERED: "chat",
    ActivityKind.QUESTION_DELETED: "chat",
    ActivityKind.QUOTE_ACCEPTED: "check",
    ActivityKind.QUOTE_DECLINED: "x",
}
_MONEY: Final = "card"
"""The icon of everything else, which is about money."""
_REMINDER: Final = "bell"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """An entry as the template shows it."""

    id: str
    icon: str
    look: str
    """A class of the dot; empty for none."""
    at: datetime
    text: str
    sentence: Sequence[tuple[str, str | None, bool]]
    """The parts of the sentence, each with the address of what it names, and whether that is a
    customer."""
    details: Sequence[str]
    links: Sequence[Link]
    live_until: datetime | None
    """When an open is no longer marked as live; None if it isn't."""
    is_single_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTimeline:
    """A page of a timeline."""

    entries: Sequence[ShownEntry]
    is_feed: bool
    """Whether it is about several documents."""
    has_opens: bool
    """Whether opens can be in it: only those of invoices are recorded."""
    is_unsettled: bool
    """Whether it has e-mails that are on their way, so that it should be loaded again."""
    url: str
    older_url: str | None
    newest_url: str | None


async def show_timeline(
    request: DashboardRequest,
    row: PricedDocument | Customer,
    after: str | None = None,
) -> ShownTimeline:
    """Return a page of the timeline of a document or customer. Raises BadInput for the cursor."""
    scope = Scope.of_customer(row) if isinstance(row, Customer) else Scope.of_document(row)
    assert scope.type
    page = await load_timeline(request.staff, scope, PAGE_SIZE, after)
    url = f"/dashboard/{_SECTIONS[scope.type]}/{row.id}/timeline"
    return _show(request, page, url, row)


async def show_everything(request: DashboardRequest, after: str | None = None) -> ShownTimeline:
    """Return a page of the company's timeline. Raises BadInput for the cursor."""
    scope = Scope.of_company(request.staff.company_id)
    page = await load_timeline(request.staff, scope, PAGE_SIZE, after)
    return _show(request, page, "/dashboard/activity")


def happenings(request: DashboardRequest, entries: Sequence[Entry]) -> Sequence[ShownEntry]:
    """Return entries of the whole company as its feed shows them."""
    return [_entry(request, entry) for entry in entries]


def _show(
    request: DashboardRequest,
    page: TimelinePage,
    url: str,
    row: PricedDocument | Customer | None = None,
) -> ShownTimeline:
    invoice = row if isinstance(row, Invoice) else None
    return ShownTimeline(
        is_feed=row is None or isinstance(row, Customer),
        has_opens=row is None or isinstance(row, Customer | Invoice),
        entries=[_entry(request, entry, invoice) for entry in page.entries],
        is_unsettled=any(entry.is_unsettled for entry in page.entries),
        url=url,
        older_url=f"{url}?after={page.end_cursor}" if page.has_next else None,
        newest_url=url if page.has_previous else None,
    )


def _entry(
    request: DashboardRequest,
    entry: Entry,
    invoice: Invoice | None = None,
) -> ShownEntry:
    now = datetime.now(UTC)
    words = words_of(entry, request.staff.language, now)
    is_reminder = entry.email is not None and entry.email.kind == "REMINDER"
    return ShownEntry(
        id=entry.id,
        icon=_REMINDER if is_reminder else _ICONS.get(entry.kind, _MONEY),
        look=_LOOKS[words.tone],
        at=entry.at,
        text=words.text,
        sentence=[_part(part, is_linked=entry.document is None) for part in words.sentence],
        details=words.details,
        links=[*_links(request, entry, invoice)],
        live_until=entry.at + LIVE_TTL if entry.is_live(now) else None,
        is_single_open=entry.kind is ActivityKind.OPENED
        and entry.opens is not None
        and entry.opens.count == 1,
    )


def _part(part: Part, *, is_linked: bool) -> tuple[str, str | None, bool]:
    """Return a part of a sentence; a customer is linked if there is no document to link."""
    subject = part.subject
    if subject is None:
        return part.text, None, False
    is_customer = subject.type is SubjectKind.CUSTOMER
    return part.text, _url(subject) if is_linked or not is_customer else None, is_customer


def _url(subject: Subject) -> str | None:
    return f"/dashboard/{_SECTIONS[subject.type]}/{subject.id}" if subject.exists else None


def _links(
    request: DashboardRequest,
    entry: Entry,
    invoice: Invoice | None,
) -> Iterator[Link]:
    may_manage = Permission.MANAGE_INVOICES in request.staff.permissions
    if entry.opens and entry.opens.count > 1 and entry.document:
        yield "Show opens", f"{_url(entry.document)}#views"
    if entry.email and entry.email.state is DeliveryState.SENT and may_manage:
        yield "Show e-mail", f"/dashboard/e-mails/{entry.email.id}"
    if entry.kind is ActivityKind.PAYMENT_RECEIVED and entry.payment:
        if entry.payment.id and invoice and invoice.share_token:
            page = request.services.urls.invoice(invoice.share_token)
            yield "Receipt", PATHS.receipt(page, receipt_id_of(entry.payment.id))
        if entry.payment.stripe_url:
            yield "View in Stripe", entry.payment.stripe_url
    if entry.kind is ActivityKind.QUESTION_ASKED and entry.message and entry.message.text:
        is_open = entry.message.answered_at is None
        if is_open and may_manage:
            yield "Answer", f"/dashboard/questions/{entry.message.question_id}/answer"
        elif entry.document:
            yield "View conversation", f"{_url(entry.document)}#questions"
