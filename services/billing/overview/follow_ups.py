"""What is worth a follow-up: the documents on which a word from staff may help, and why.

`FollowUpReason` has the rules, most important first, and the constants below their thresholds. A
document is listed once, for the most important reason. An invoice whose payment is under way is
only listed if its client has asked something.

It takes a fixed number of statements. Each looks at a bounded number of rows along an index, so a
company with very many open invoices sees the ones that matter most now.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID

from auth.client_info import network_of
from auth.staff import Staff
from db.statements import date_of, fetch, id_of, instant_of
from models import OPEN_STATUSES, Customer, Invoice, Question, Quote, QuoteStatus
from services.ledger.document_numbers import REFERENCES, Document
from services.sharing.accounts import quoted

MAX_FOLLOW_UPS: Final = 50
QUIET_TIME: Final = timedelta(days=3)
"""How long clients aren't bothered about a document after hearing of it."""
MANY_OPENS: Final = 5
MANY_OPENS_WITHIN: Final = timedelta(days=1)
MANY_NETWORKS: Final = 3
MANY_NETWORKS_WITHIN: Final = timedelta(days=7)
_MAX_INVOICES: Final = 100
"""Invoices that are looked at: of those last overdue, those due next, and those due at no time."""
_MAX_VIEWS: Final = 1000
"""The latest views that are looked at."""
_MAX_QUOTES: Final = 100
"""The latest undecided quotes that are looked at."""


class FollowUpReason(StrEnum):
    """Why a document is worth a follow-up, most important first."""

    QUESTION = "QUESTION"
    """The client has asked something that nobody has answered."""
    SEEN_UNPAID = "SEEN_UNPAID"
    """It was opened and is overdue, and the client wasn't e-mailed within QUIET_TIME."""
    OPENED_AGAIN = "OPENED_AGAIN"
    """It was opened MANY_OPENS times within MANY_OPENS_WITHIN, and not e-mailed since."""
    FORWARDED = "FORWARDED"
    """It was opened from MANY_NETWORKS networks within MANY_NETWORKS_WITHIN."""
    NEVER_OPENED = "NEVER_OPENED"
    """It was e-mailed longer than QUIET_TIME ago, and nobody has opened it."""
    QUOTE_WAITING = "QUOTE_WAITING"
    """It is a quote that was sent longer than QUIET_TIME ago, and can still be accepted."""


_RANKS: Final = {reason: rank for rank, reason in enumerate(FollowUpReason)}


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A document that is worth a follow-up, with its customer loaded, and what there is to say."""

    reason: FollowUpReason
    document: Document
    question: Question | None = None
    """For QUESTION."""
    emailed_at: datetime | None = None
    """When the client was last e-mailed about it."""
    recent_opens: int | None = None
    """For OPENED_AGAIN, within MANY_OPENS_WITHIN."""
    is_one_device: bool | None = None
    """For OPENED_AGAIN: whether they came from one address and browser."""
    networks: int | None = None
    """For FORWARDED."""
    networks_since: datetime | None = None
    """For FORWARDED: the first of these opens."""

    @property
    def customer(self) -> Customer:
        """The document's customer."""
        return self.document.customer


async def load_follow_ups(staff: Staff) -> Sequence[FollowUp]:
    """Return what is worth a follow-up, most important first, MAX_FOLLOW_UPS at most."""
    now = datetime.now(UTC)
    found = [
        *await _unanswered(staff),
        *await _unpaid(staff, now),
        *await _opened_much(staff, now),
        *await _undecided(staff, now),
    ]
    found.sort(key=lambda each: (_RANKS[each.reason], each.urgency))
    first_of: dict[UUID, _Candidate] = {}
    for candidate in found:
        first_of.setdefault(candidate.document_id, candidate)
    return await _load(list(first_of.values())[:MAX_FOLLOW_UPS])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A document that a rule has found, before it is loaded."""

    reason: FollowUpReason
    model: type[Document]
    document_id: UUID
    urgency: Any
    """What the documents of a reason are sorted by."""
    question: Question | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the follow-up."""


# --- questions ------------------------------------------------------------------------------------


async def _unanswered(staff: Staff) -> Iterable[_Candidate]:
    rows = Question.filter(company_id=staff.company_id, answered_at=None)
    return [
        _Candidate(
            reason=FollowUpReason.QUESTION,
            model=_asked_about(question),
            document_id=question.document_id,
            urgency=question.asked_at,
            question=question,
        )
        for question in await rows.order_by("asked_at", "id").limit(MAX_FOLLOW_UPS)
    ]


def _asked_about(question: Question) -> type[Document]:
    return next(model for model, name in REFERENCES.items() if getattr(question, name))


# --- invoices that are due ------------------------------------------------------------------------

_UNPAID: Final = "total - amount_paid - written_off > amount_pending"
"""Not all that is due on the invoice is on its way."""
_EMAILED_AT: Final = (
    "(SELECT MAX(COALESCE(sent_at, created_at)) FROM email_delivery WHERE {column} = document.id"
    " AND kind IN ('INVOICE', 'QUOTE', 'REMINDER') AND status IN ('QUEUED', 'SENDING', 'SENT'))"
)


def _due(status: str, when: str, order: str) -> str:
    return (
        "SELECT * FROM (SELECT id, due_date, view_count, total, amount_paid, written_off,"
        f" amount_pending FROM invoice WHERE company_id = $1 AND status = '{status}'"
        f" AND due_date {when} ORDER BY due_date {order} LIMIT {_MAX_INVOICES}) AS found"
    )


# The outer limits here and below limit nothing. They keep the database from looking up the e-mails
# of a document again for each condition and each view.
_DUE: Final = f"""
    SELECT id, due_date, view_count, emailed_at FROM (
        SELECT id, due_date, view_count,
            {_EMAILED_AT.format(column="invoice_id")} AS emailed_at
        FROM (
            {_due("ISSUED", "< $2", "DESC")} UNION ALL
            {_due("PARTIALLY_PAID", "< $2", "DESC")} UNION ALL
            {_due("ISSUED", ">= $2", "ASC")} UNION ALL
            {_due("ISSUED", "IS NULL", "ASC")}
        ) AS document
        WHERE {_UNPAID} AND (view_count = 0 OR due_date < $2) LIMIT {4 * _MAX_INVOICES}
    ) AS entry WHERE emailed_at IS NULL AND view_count > 0 OR emailed_at < $3
"""


async def _unpaid(staff: Staff, now: datetime) -> Iterable[_Candidate]:
    """Yield overdue invoices that were opened, and invoices that nobody has opened."""
    rows = await fetch(_DUE, staff.company_id, staff.today, now - QUIET_TIME)
    return [
        _Candidate(
            reason=FollowUpReason.SEEN_UNPAID if row["view_count"] else FollowUpReason.NEVER_OPENED,
            model=Invoice,
            document_id=id_of(row["id"]),
            urgency=date_of(row["due_date"] or date.max),
            facts={"emailed_at": _instant(row["emailed_at"])},
        )
        for row in rows
    ]


# --- invoices that are opened much ----------------------------------------------------------------

_OPENED: Final = f"""
    WITH latest AS (
        SELECT invoice_id, viewed_at, ip, user_agent FROM (
            SELECT invoice_id, viewed_at, ip, user_agent, automated FROM invoice_view
            WHERE company_id = $1 ORDER BY sequence DESC LIMIT {_MAX_VIEWS}
        ) AS view WHERE NOT automated AND viewed_at > $2
    ), opened AS (
        SELECT invoice_id FROM latest GROUP BY invoice_id
        HAVING COUNT(*) >= {min(MANY_OPENS, MANY_NETWORKS)}
    ), document AS (
        SELECT id, {_EMAILED_AT.format(column="invoice_id")} AS emailed_at FROM invoice AS document
        WHERE id IN (SELECT invoice_id FROM opened) AND status IN {quoted(OPEN_STATUSES)}
        AND {_UNPAID} LIMIT {_MAX_VIEWS}
    )
    SELECT document.id, viewed_at, ip, user_agent, emailed_at
    FROM document JOIN latest ON latest.invoice_id = document.id
"""


async def _opened_much(staff: Staff, now: datetime) -> Iterable[_Candidate]:
    """Yield unpaid invoices that were opened many times, or from many networks."""
    since = now - max(MANY_OPENS_WITHIN, MANY_NETWORKS_WITHIN)
    opens: defaultdict[UUID, list[_Open]] = defaultdict(list)
    for row in await fetch(_OPENED, staff.company_id, since):
        opens[id_of(row["id"])].append(_Open.of(row))
    return [
        candidate
        for invoice_id, rows in opens.items()
        for rule in (_opened_again, _forwarded)
        if (candidate := rule(invoice_id, rows, now))
    ]


@dataclass(frozen=True, slots=True)
class _Open:
    """A view of an invoice by a person."""

    at: datetime
    ip: str | None
    user_agent: str | None
    emailed_at: datetime | None

    @classmethod
    def of(cls, row: Any) -> Self:  # noqa: ANN401  # a record of either database
        return cls(
            instant_of(row["viewed_at"]), row["ip"], row["user_agent"], _instant(row["emailed_at"])
        )


def _opened_again(invoice_id: UUID, opens: Sequence[_Open], now: datetime) -> _Candidate | None:
    recent = [each for each in opens if each.at > now - MANY_OPENS_WITHIN]
    emailed_at = opens[0].emailed_at
    if len(recent) < MANY_OPENS or (emailed_at and emailed_at > max(each.at for each in recent)):
        return None
    return _Candidate(
        reason=FollowUpReason.OPENED_AGAIN,
        model=Invoice,
        document_id=invoice_id,
        urgency=-len(recent),
        facts={
            "recent_opens": len(recent),
            "is_one_device": len({(each.ip, each.user_agent) for each in recent}) == 1,
            "emailed_at": emailed_at,
        },
    )


def _forwarded(invoice_id: UUID, opens: Sequence[_Open], now: datetime) -> _Candidate | None:
    recent = [each for each in opens if each.at > now - MANY_NETWORKS_WITHIN]
    networks = {network_of(each.ip) for each in recent if each.ip}
    if len(networks) < MANY_NETWORKS:
        return None
    return _Candidate(
        reason=FollowUpReason.FORWARDED,
        model=Invoice,
        document_id=invoice_id,
        urgency=-len(networks),
        facts={
            "networks": len(networks),
            "networks_since": min(each.at for each in recent),
            "emailed_at": opens[0].emailed_at,
        },
    )


# --- quotes ---------------------------------------------------------------------------------------

_UNDECIDED: Final = f"""
    SELECT id, valid_until, sent_at, emailed_at FROM (
        SELECT id, valid_until, sent_at,
            {_EMAILED_AT.format(column="quote_id")} AS emailed_at
        FROM (
            SELECT id, valid_until, sent_at FROM quote
            WHERE company_id = $1 AND status = '{QuoteStatus.SENT}'
            ORDER BY created_at DESC, id DESC LIMIT {_MAX_QUOTES}
        ) AS document WHERE sent_at < $3 AND (valid_until IS NULL OR valid_until >= $2)
    ) AS entry WHERE emailed_at IS NULL OR emailed_at < $3
"""


async def _undecided(staff: Staff, now: datetime) -> Iterable[_Candidate]:
    """Yield quotes that wait for an answer."""
    rows = await fetch(_UNDECIDED, staff.company_id, staff.today, now - QUIET_TIME)
    return [
        _Candidate(
            reason=FollowUpReason.QUOTE_WAITING,
            model=Quote,
            document_id=id_of(row["id"]),
            urgency=(str(row["valid_until"] or "9"), instant_of(row["sent_at"])),
            facts={"emailed_at": _instant(row["emailed_at"])},
        )
        for row in rows
    ]


# --- loading --------------------------------------------------------------------------------------


async def _load(candidates: Sequence[_Candidate]) -> Sequence[FollowUp]:
    """Load the documents of `candidates` with their customers, in a statement for each kind."""
    ids: defaultdict[type[Document], list[UUID]] = defaultdict(list)
    for each in candidates:
        ids[each.model].append(each.document_id)
    rows: dict[UUID, Document] = {}
    for model, those in ids.items():
        found = await model.filter(id__in=those).select_related("customer")
        rows |= {row.id: row for row in found}
    return [
        FollowUp(
            reason=each.reason,
            document=rows[each.document_id],
            question=each.question,
            **each.facts,
        )
        for each in candidates
        if each.document_id in rows  # and wasn't deleted in the meantime
    ]


def _instant(value: datetime | str | None) -> datetime | None:
    return None if value is None else instant_of(value)
