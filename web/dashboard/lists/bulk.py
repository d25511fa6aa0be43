"""What is done with the selected rows of a list: files, and e-mails about documents.

E-mails are confirmed on a page that says in figures what will happen. The same form, sent again,
does nothing twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import urlencode
from uuid import UUID, uuid4

from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from auth.permissions import Permission
from errors import BadInput, PortalError, Text
from i18n.formatting import format_money
from models import DeliveryState, EmailDelivery, Invoice
from services.common.listings import Window
from services.email.cancellations import cancel_delivery
from services.email.many import (
    MAX_DOCUMENTS,
    Document,
    Mailing,
    PlannedEmail,
    plan,
    send_each,
)
from values.money import Minor, Money
from web.dashboard.lists.addresses import ListQuery, parse
from web.dashboard.lists.kinds import CREDIT_NOTES, INVOICES, QUOTES, FilterT, ListKind
from web.dashboard.requests import DashboardRequest, Endpoint, login_required
from web.dashboard.responses import explain
from web.http.pills import Pill

_FILES: Final = {"csv": "csv", "pdfs": "zip"}
"""What each file's address ends with, by the button that asks for it."""
_MAILINGS: Final = {
    (INVOICES.path, "send"): Mailing.INVOICE,
    (INVOICES.path, "remind"): Mailing.REMINDER,
    (QUOTES.path, "send"): Mailing.QUOTE,
    (CREDIT_NOTES.path, "send"): Mailing.CREDIT_NOTE,
}
"""What is sent, by the list and the button that asks for it."""
_THINGS: Final = {
    Mailing.INVOICE: "invoice",
    Mailing.REMINDER: "reminder",
    Mailing.QUOTE: "quote",
    Mailing.CREDIT_NOTE: "credit note",
}
_NONE_SELECTED: Final = Text("Select at least one row.")
_STATES: Final = {
    DeliveryState.QUEUED: Pill("is-info", "clock", "On its way"),
    DeliveryState.SENDING: Pill("is-info", "clock", "On its way"),
    DeliveryState.SENT: Pill("is-good", "check", "Sent"),
    DeliveryState.CANCELLED: Pill("", "minus", "Not sent"),
    DeliveryState.SKIPPED: Pill("is-warn", "alert", "Skipped"),
    DeliveryState.FAILED: Pill("is-bad", "alert", "Failed"),
}
_REFUSED: Final = Pill("is-warn", "alert", "Skipped")


@dataclass(frozen=True, slots=True)
class Sums:
    """What will be sent: how many e-mails, to how many customers, about how much."""

    emails: int
    customers: int
    drafts: int
    amount: str
    """What is due on all invoices, or the total of all other documents, in each currency."""

    @classmethod
    def of(cls, planned: Iterable[PlannedEmail], language: str) -> Self:
        """Return the sums of what isn't skipped."""
        documents = [each.document for each in planned if each.refusal is None]
        sums: defaultdict[str, int] = defaultdict(int)
        for document in documents:
            sums[document.currency] += (
                document.amount_due if isinstance(document, Invoice) else document.total
            )
        return cls(
            emails=len(documents),
            customers=len({document.customer_id for document in documents}),
            drafts=sum(document.number is None for document in documents),
            amount=_listed(
                [
                    format_money(Money(Minor(minor), currency), language)
                    for currency, minor in sorted(sums.items())
                ]
            ),
        )


def _listed(texts: Sequence[str]) -> str:
    *others, last = texts or [""]
    return f"{', '.join(others)} and {last}" if others else last


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a document."""

    document: Document
    """With its customer."""
    pill: Pill
    reason: str | None

    @classmethod
    def of(
        cls, document: Document, delivery: EmailDelivery | None, refusal: PortalError | None
    ) -> Self:
        """Return what an e-mail, or the refusal of one, comes to."""
        detail = delivery.detail if delivery else None
        return cls(
            document=document,
            pill=_STATES[delivery.status] if delivery else _REFUSED,
            reason=explain(refusal) if refusal else detail,
        )


def bulk_page(kind: ListKind[FilterT]) -> Endpoint:
    """Return the page to which the form around a list leads."""

    async def page(request: DashboardRequest) -> Response:
        action, selected = str(request.form.get("do", "")), _selected(kind, request.form)
        if extension := _FILES.get(action):
            return RedirectResponse(_file_url(selected, extension), 303)
        mailing = _MAILINGS.get((kind.path, action))
        if mailing is None:
            raise BadInput(Text("Choose what to do with the selected rows."))
        request.staff.require(Permission.MANAGE_INVOICES)
        ids = await _ids(request, selected)
        if key := str(request.form.get("key", "")):
            return await _send(request, kind, mailing, ids, key)
        return await _confirm(request, kind, mailing, action, ids)

    return login_required(Permission.VIEW_INVOICES)(page)


def _selected(kind: ListKind[FilterT], form: FormData) -> ListQuery[FilterT]:
    """Return the rows that a form selects: those that are ticked, or all that its list has."""
    items = [(name, str(value)) for name, value in form.multi_items()]
    if "all" in form:
        names = {"q", "customer", "currency", *kind.choices, *kind.days}
    elif "id" in form:
        names = {"id"}
    else:
        raise BadInput(_NONE_SELECTED)
    selected = parse(kind, QueryParams([item for item in items if item[0] in names]))
    for message in selected.errors.values():
        raise BadInput(message)
    return selected


def _file_url(selected: ListQuery[FilterT], extension: str) -> str:
    path = selected.kind.file_path(extension)
    if selected.wanted.ids is None:
        return selected.url(path)
    return f"{path}?{urlencode([('id', str(id_)) for id_ in selected.wanted.ids])}"


async def _ids(request: DashboardRequest, selected: ListQuery[Any]) -> Sequence[UUID]:
    """Return the ids of the rows. Raises BadInput if there are too many, or none."""
    listing = await selected.wanted.listing(request.staff, "NEWEST")
    page = await listing.page(Window(size=MAX_DOCUMENTS))
    if not page.rows:
        raise BadInput(_NONE_SELECTED)
    if page.has_next:
        raise BadInput(
            f"At most {MAX_DOCUMENTS} {selected.kind.things} can be sent at once."
            " Narrow the list first."
        )
    return [row.id for row in page.rows]


async def _confirm(
    request: DashboardRequest,
    kind: ListKind[Any],
    mailing: Mailing,
    action: str,
    ids: Sequence[UUID],
) -> Response:
    """Say in figures what will happen, and what will be skipped and why."""
    planned = await plan(request.staff, mailing, ids)
    values = {
        "action": action,
        "kind": kind,
        "thing": _THINGS[mailing],
        "sums": Sums.of(planned, request.staff.language),
        "ids": [each.document.id for each in planned],
        "outcomes": [
            Outcome.of(each.document, None, each.refusal) for each in planned if each.refusal
        ],
        "key": uuid4().hex,
        "back_url": kind.path,
    }
    return await request.render("lists/confirm.html", values)


async def _send(
    request: DashboardRequest, kind: ListKind[Any], mailing: Mailing, ids: Sequence[UUID], key: str
) -> Response:
    """Send the e-mails, and show what became of each document."""
    results = await send_each(
        request.staff,
        mailing,
        [str(id_) for id_ in ids],
        limits=request.services.email_limits,
        idempotency_key=key,
    )
    planned = await plan(request.staff, mailing, ids)
    by_id = {str(each.document.id): each.document for each in planned}
    outcomes = [
        Outcome.of(by_id[each.document_id], each.delivery, each.refusal)
        for each in results
        if each.document_id in by_id
    ]
    deliveries = [
        each.delivery.id
        for each in results
        if each.delivery and each.delivery.status is DeliveryState.QUEUED
    ]
    return await _show(request, kind, outcomes, deliveries)


def undo_page(kind: ListKind[FilterT]) -> Endpoint:
    """Return the page that cancels e-mails that were sent from a list."""

    async def page(request: DashboardRequest) -> Response:
        """Cancel the e-mails that haven't left, and show what became of each document."""
        named = [str(value) for value in request.form.getlist("delivery")[:MAX_DOCUMENTS]]
        selected = parse(kind, QueryParams([("id", each) for each in named]))
        rows = EmailDelivery.filter(
            id__in=list(selected.wanted.ids or ()), company_id=request.staff.company_id
        )
        outcomes = []
        parents = (f"{column}__customer" for column in ("invoice", "quote", "credit_note"))
        for row in await rows.prefetch_related(*parents):
            delivery, refusal = row, None
            try:
                delivery = (await cancel_delivery(request.staff, str(row.id))).delivery
            except PortalError as error:
                refusal = error
            if document := row.invoice or row.quote or row.credit_note:
                outcomes.append(Outcome.of(document, delivery, refusal))
        return await _show(request, kind, outcomes, [])

    return login_required(Permission.MANAGE_INVOICES)(page)


async def _show(
    request: DashboardRequest,
    kind: ListKind[Any],
    outcomes: Sequence[Outcome],
    deliveries: Sequence[UUID],
) -> Response:
    done = sum(each.pill in _DONE for each in outcomes)
    values = {
        "kind": kind,
        "outcomes": outcomes,
        "done_count": done,
        "deliveries": deliveries,
        "back_url": kind.path,
    }
    return await request.render("lists/results.html", values)


_DONE: Final = (_STATES[DeliveryState.QUEUED], _STATES[DeliveryState.SENT])


def bulk_routes(kind: ListKind[FilterT]) -> tuple[Route, Route]:
    """Return the paths of what is done with the selected rows of a list."""
    path = f"{kind.path}/selected"
    return (
        Route(path, bulk_page(kind), methods=["POST"]),
        Route(f"{path}/undo", undo_page(kind), methods=["POST"]),
    )
