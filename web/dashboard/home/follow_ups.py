"""Follow-ups in words and figures, each with one click to act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from auth.permissions import Permission
from auth.staff import Staff
from i18n.formatting import format_money
from models import Invoice, Quote
from services.billing.overview.follow_ups import FollowUp, FollowUpReason
from web.dashboard.documents.lookups import document_url
from web.dashboard.home.words import ago, day_of, due_of, plural, since_day

_MAX_QUOTE: Final = 140
"""Characters of a question."""


class Look(NamedTuple):
    """The icon of a reason, and the class of its dot."""

    icon: str
    tone: str = ""


LOOKS: Final[Mapping[FollowUpReason, Look]] = {
    FollowUpReason.QUESTION: Look("chat", "is-info"),
    FollowUpReason.SEEN_UNPAID: Look("eye", "is-bad"),
    FollowUpReason.OPENED_AGAIN: Look("repeat", "is-info"),
    FollowUpReason.FORWARDED: Look("forward", "is-info"),
    FollowUpReason.NEVER_OPENED: Look("mail"),
    FollowUpReason.QUOTE_WAITING: Look("quote"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What staff can do about a follow-up."""

    label: str
    url: str
    posts: bool = False
    """Whether it is done at once, rather than on a page."""
    to: str = ""
    """For an e-mail that is sent at once: the address."""
    opens_dialog: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpRow:
    """A follow-up as a list shows it."""

    reason: FollowUpReason
    look: Look
    customer: str
    number: str
    url: str
    facts: Sequence[str]
    """Why, in figures."""
    act: Act


def rows_of(follow_ups: Sequence[FollowUp], staff: Staff) -> list[FollowUpRow]:
    """Return the rows of a list, in the same order."""
    return [
        FollowUpRow(
            reason=each.reason,
            look=LOOKS[each.reason],
            customer=each.customer.name,
            number=each.document.label,
            url=document_url(each.document),
            facts=[_why(each, staff), *_figures(each, staff)],
            act=_act(each) if Permission.MANAGE_INVOICES in staff.permissions else _look_at(each),
        )
        for each in follow_ups
    ]


def _why(each: FollowUp, staff: Staff) -> str:
    document = each.document
    match each.reason:
        case FollowUpReason.QUESTION:
            assert each.question is not None
            text = " ".join(each.question.text.split())
            quoted = text if len(text) <= _MAX_QUOTE else f"{text[: _MAX_QUOTE - 1].rstrip()}…"
            return f"“{quoted}”"
        case FollowUpReason.SEEN_UNPAID:
            assert isinstance(document, Invoice)
            assert document.last_viewed_at is not None
            count = document.view_count
            times = "once," if count == 1 else f"{count:,} times, last"
            return f"Opened {times} {day_of(document.last_viewed_at, staff)}"
        case FollowUpReason.OPENED_AGAIN:
            assert each.recent_opens is not None
            device = " from the same device" if each.is_one_device else ""
            opens = plural(each.recent_opens, "open")
            return f"{opens} in the last 24 hours{device}. A question, perhaps?"
        case FollowUpReason.FORWARDED:
            assert each.networks_since is not None
            since = since_day(each.networks_since, staff)
            return f"Opened from {each.networks} networks since {since}"
        case FollowUpReason.NEVER_OPENED:
            assert each.emailed_at is not None
            return f"E-mailed {ago(each.emailed_at, staff)} and accepted by the mail server"
        case FollowUpReason.QUOTE_WAITING:
            assert isinstance(document, Quote)
            assert document.sent_at is not None
            return f"Sent {ago(each.emailed_at or document.sent_at, staff)}"


def _figures(each: FollowUp, staff: Staff) -> list[str]:
    """Return what is due and when, or what is offered and for how long; of a question, when."""
    document = each.document
    if each.question is not None:
        return [f"Asked {ago(each.question.asked_at, staff)}"]
    match document:
        case Invoice() if document.is_open:
            due = format_money(document.money(document.amount_due), staff.language)
            return [f"{due}, {due_of(document.due_date, staff.today)}"]
        case Quote():
            total = format_money(document.money(document.total), staff.language)
            return [f"{total}, {_validity(document, staff)}"]
        case _:
            return []


def _validity(quote: Quote, staff: Staff) -> str:
    if quote.valid_until is None:
        return "without an end date"
    days = (quote.valid_until - staff.today).days
    if days <= 1:
        return "valid until tomorrow" if days == 1 else "valid until today"
    return f"valid for {days} more days"


def _act(each: FollowUp) -> Act:
    url, to = document_url(each.document), each.customer.email
    match each.reason:
        case FollowUpReason.QUESTION:
            assert each.question is not None
            answer = f"/dashboard/questions/{each.question.id}/answer"
            return Act(label="Answer", url=answer, opens_dialog=True)
        case FollowUpReason.FORWARDED:
            return _look_at(each)
        case _ if to is None:
            edit = f"/dashboard/customers/{each.customer.id}/edit"
            return Act(label="Add e-mail address", url=edit, opens_dialog=True)
        case FollowUpReason.SEEN_UNPAID:
            return Act(label="Send reminder", url=f"{url}/remind", posts=True)
        case FollowUpReason.OPENED_AGAIN:
            return Act(label="Write an e-mail", url=f"{url}/share/send", opens_dialog=True)
        case FollowUpReason.NEVER_OPENED | FollowUpReason.QUOTE_WAITING:
            return Act(label="Send again", url=f"{url}/share/send", posts=True, to=to)


def _look_at(each: FollowUp) -> Act:
    """Return what those can do who may only look."""
    url = document_url(each.document)
    if each.reason in {FollowUpReason.QUESTION, FollowUpReason.QUOTE_WAITING}:
        return Act(label="Open", url=url)
    return Act(label="See opens", url=f"{url}#views")
