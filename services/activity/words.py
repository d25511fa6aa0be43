"""What timelines say, in English: about a document on its own page, and in a feed of the company.

A text has places for `{customer}` and `{document}`, since pages link them.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from i18n.formatting import format_money
from i18n.payments import describe_paid_with, payment_method
from models import DeliveryState, MailKind, ViewSource
from services.activity.entries import ActivityKind, Entry, Message, Opens, Subject, SubjectKind

_ENGLISH: Final = "en"
_MAX_QUOTED: Final = 120
"""Characters of a question or an answer."""
_PLACE: Final = re.compile(r"\{(customer|document)\}")


class Tone(StrEnum):
    """How good news it is."""

    GOOD = "GOOD"
    BAD = "BAD"
    INFO = "INFO"
    """It is under way."""
    NEUTRAL = "NEUTRAL"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sentence, with the document or customer that it names."""

    text: str
    subject: Subject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """An entry in words."""

    text: str
    """What happened, where the document is known: "Paid €20.00 by card"."""
    sentence: Sequence[Part]
    """What happened, anywhere: "Ada paid €20.00 for INV-1"."""
    details: Sequence[str]
    method: str
    """How a payment was made; empty if that isn't known."""
    tone: Tone

    @property
    def plain_sentence(self) -> str:
        """The sentence as text."""
        return "".join(part.text for part in self.sentence)


def words_of(entry: Entry, language: str, now: datetime) -> Words:
    """Return the entry in English, with amounts as in `language`."""
    amount = format_money(entry.amount, language) if entry.amount else ""
    text, sentence = _texts(entry, now)
    email, message = entry.email, entry.message
    values = {
        "amount": amount,
        "actor": entry.actor or "The portal",
        "by": f" by {entry.actor}" if entry.actor else "",
        "method": f" by {_in_sentence(method)}" if (method := _method(entry)) else "",
        "note": entry.note or "",
        "signed": f" by {entry.signed_by}" if entry.signed_by else "",
        "noun": _MAIL.get(email.kind, "E-mail") if email else "",
        "to": email.recipient if email else "",
        "author": (message and message.author) or "Your client",
        "quoted": _quoted(message),
    }
    return Words(
        text=text.format_map(values),
        sentence=list(_parts(sentence, values, entry)),
        details=list(_details(entry, method)),
        method=method,
        tone=_tone(entry, now),
    )


# --- texts ----------------------------------------------------------------------------------------

_TEXTS: Final[Mapping[ActivityKind, tuple[str, str]]] = {
    ActivityKind.CREATED: ("Created{by}", "{actor} created {document} for {customer}"),
    ActivityKind.EDITED: ("Edited{by}", "{actor} edited {customer}"),
    ActivityKind.DELETED: ("Deleted {note}{by}", "{actor} deleted {note} for {customer}"),
    ActivityKind.ISSUED: ("Issued{by}", "{actor} issued {document} for {customer}"),
    ActivityKind.CANCELLED: ("Cancelled{by}", "{actor} cancelled {document} for {customer}"),
    ActivityKind.VOIDED: ("Voided{by}", "{actor} voided {document} for {customer}"),
    ActivityKind.SHARED: ("Shared{by}", "{actor} shared {document} with {customer}"),
    ActivityKind.SHARE_REVOKED: (
        "Sharing stopped{by}",
        "{actor} stopped sharing {document} with {customer}",
    ),
    ActivityKind.EMAILS_TURNED_OFF: (
        "E-mails to {note} turned off{by}",
        "{actor} turned off e-mails to {note} of {customer}",
    ),
    ActivityKind.READ: ("Read for the first time", "{customer} read {document} for the first time"),
    ActivityKind.PAYMENT_RECEIVED: (
        "Paid {amount}{method}",
        "{customer} paid {amount} for {document}",
    ),
    ActivityKind.PAYMENT_PENDING: (
        "{amount} is on its way{method}",
        "{amount} from {customer} is on its way for {document}",
    ),
    ActivityKind.PAYMENT_FAILED: (
        "Payment of {amount} failed",
        "{customer}'s payment of {amount} failed for {document}",
    ),
    ActivityKind.PAYMENT_REVERSED: (
        "Payment of {amount} reversed{by}",
        "{actor} reversed a payment of {amount} for {document}",
    ),
    ActivityKind.REFUNDED: (
        "{amount} refunded{by}",
        "{amount} for {document} was refunded to {customer}",
    ),
    ActivityKind.DISPUTED: (
        "{amount} disputed at the bank",
        "{customer}'s bank took back {amount} for {document}",
    ),
    ActivityKind.REVERSAL_RETURNED: (
        "{amount} came back",
        "{amount} from {customer} came back for {document}",
    ),
    ActivityKind.CREDIT_APPLIED: (
        "Credit of {amount} applied{by}",
        "Credit of {amount} was applied to {document} for {customer}",
    ),
    ActivityKind.CREDIT_REVERSED: (
        "Credit of {amount} taken off{by}",
        "Credit of {amount} was taken off {document} for {customer}",
    ),
    ActivityKind.CREDIT_PAID_OUT: (
        "Paid out{by}",
        "{actor} paid out {document} to {customer}",
    ),
    ActivityKind.CREDIT_PAYOUT_REVERSED: (
        "Payout reversed{by}",
        "{actor} reversed the payout of {document} to {customer}",
    ),
    ActivityKind.WRITTEN_OFF: (
        "{amount} written off{by}",
        "{actor} wrote off {amount} of {document} for {customer}",
    ),
    ActivityKind.WRITE_OFF_REVERSED: (
        "Write-off of {amount} reversed{by}",
        "A write-off of {amount} on {document} was reversed for {customer}",
    ),
    ActivityKind.QUESTION_DELETED: (
        "Question deleted{by}",
        "{actor} deleted a question about {document} from {customer}",
    ),
}
_OF_CREDIT_NOTES: Final = {
    ActivityKind.CREDIT_APPLIED: ("Applied{by}", "{actor} applied {document} for {customer}"),
    ActivityKind.CREDIT_REVERSED: (
        "Applied credit taken off again{by}",
        "{actor} took applied credit of {document} off again",
    ),
}
_OF_CUSTOMERS: Final = {
    ActivityKind.CREATED: ("Added{by}", "{actor} added {customer}"),
    ActivityKind.SHARED: ("Portal shared{by}", "{actor} shared the portal with {customer}"),
    ActivityKind.SHARE_REVOKED: (
        "Portal no longer shared{by}",
        "{actor} stopped sharing the portal with {customer}",
    ),
}
_MAIL: Final[Mapping[MailKind, str]] = {
    MailKind.REMINDER: "Reminder",
    MailKind.RECEIPT: "Receipt",
    MailKind.REFUND: "Refund notice",
    MailKind.PAYMENT_FAILED: "Payment failure notice",
}
_ON_ITS_WAY: Final = (
    "{noun} to {to} is on its way",
    "{noun} about {document} to {customer} is on its way",
)
_OUTCOMES: Final[Mapping[DeliveryState, tuple[str, str]]] = {
    DeliveryState.QUEUED: _ON_ITS_WAY,
    DeliveryState.SENDING: _ON_ITS_WAY,
    DeliveryState.SENT: (
        "{noun} sent to {to}{by}",
        "{noun} about {document} was sent to {customer}",
    ),
    DeliveryState.FAILED: (
        "{noun} to {to} failed",
        "{noun} about {document} to {customer} failed",
    ),
    DeliveryState.SKIPPED: (
        "{noun} to {to} skipped",
        "{noun} about {document} to {customer} was skipped",
    ),
}
_STOPPED: Final = (
    "{noun} to {to} stopped before it was sent",
    "{noun} about {document} to {customer} was stopped before it was sent",
)
_SOURCES: Final = {
    ViewSource.LINK: " from the link",
    ViewSource.EMAIL: " from the e-mail",
    ViewSource.PORTAL: " from the portal",
}
_TIMES: Final = {1: "once", 2: "twice"}
_PREFIXES: Final = {SubjectKind.QUOTE: "quote ", SubjectKind.CREDIT_NOTE: "credit note "}
_GENERIC: Final = frozenset(
    {"Bank", "Card", "Cash", "Cheque", "Direct", "Online"},
)
"""First words of methods that aren't names."""


def _texts(entry: Entry, now: datetime) -> tuple[str, str]:
    """Return what happened, with places for names and amounts."""
    if entry.email:
        return _OUTCOMES.get(entry.email.state, _STOPPED)
    if special := _SPECIAL.get(entry.kind):
        return special(entry, now)
    if entry.document is None and entry.kind in _OF_CUSTOMERS:
        return _OF_CUSTOMERS[entry.kind]
    if entry.amount is None and entry.kind in _OF_CREDIT_NOTES:
        return _OF_CREDIT_NOTES[entry.kind]
    return _TEXTS[entry.kind]


def _opened(entry: Entry, now: datetime) -> tuple[str, str]:
    opens = entry.opens
    assert opens
    times = "" if opens.count == 1 else f" {times_of(opens.count)}"
    text = f"Opened{times or _SOURCES.get(opens.sources[0], '')}"
    if entry.is_live(now):
        return text, "{customer} is looking at {document}"
    return text, f"{{customer}} opened {{document}}{times}"


def _asked(entry: Entry, _: datetime) -> tuple[str, str]:
    text = "{author} asked: {quoted}" if _quoted(entry.message) else "{author} asked a question"
    return text, "{customer} asked a question about {document}"


def _answered(entry: Entry, _: datetime) -> tuple[str, str]:
    if entry.message is None:
        return "Question closed{by}", "{actor} closed a question of {customer} about {document}"
    text = "Answered{by}: {quoted}" if _quoted(entry.message) else "Answered{by}"
    return text, "{actor} answered {customer} about {document}"


def _decided(entry: Entry, _: datetime) -> tuple[str, str]:
    verb = "accepted" if entry.kind is ActivityKind.QUOTE_ACCEPTED else "declined"
    if entry.actor:
        return (
            f"Marked as {verb}{{by}}",
            f"{{actor}} marked {{document}} of {{customer}} as {verb}",
        )
    return f"{verb.capitalize()}{{signed}}", f"{{customer}} {verb} {{document}}"


_SPECIAL: Final[Mapping[ActivityKind, Callable[[Entry, datetime], tuple[str, str]]]] = {
    ActivityKind.OPENED: _opened,
    ActivityKind.QUESTION_ASKED: _asked,
    ActivityKind.QUESTION_ANSWERED: _answered,
    ActivityKind.QUOTE_ACCEPTED: _decided,
    ActivityKind.QUOTE_DECLINED: _decided,
}


def times_of(count: int) -> str:
    """Return a number of times: "once", "twice", "3 times"."""
    return _TIMES.get(count, f"{count} times")


# --- details --------------------------------------------------------------------------------------


def _details(entry: Entry, method: str) -> Iterator[str]:
    if entry.opens:
        yield from _of_opens(entry.opens, is_read=entry.kind is ActivityKind.READ)
    if entry.email and entry.email.detail:
        yield entry.email.detail
    if entry.kind is ActivityKind.PAYMENT_RECEIVED and entry.actor:
        yield f"Recorded by {entry.actor}"
    if entry.kind is ActivityKind.PAYMENT_FAILED and method:
        yield method
    if entry.payment and entry.payment.reference and not entry.payment.payment_intent:
        yield entry.payment.reference
    if entry.message and entry.kind is ActivityKind.QUESTION_ASKED:
        yield _answered_after(entry.message)
    if entry.note and entry.kind not in {ActivityKind.DELETED, ActivityKind.EMAILS_TURNED_OFF}:
        yield entry.note


def _of_opens(opens: Opens, *, is_read: bool) -> Iterator[str]:
    if opens.count > 1 or is_read:
        known = [
            _SOURCES[source].removeprefix(" ") for source in opens.sources if source in _SOURCES
        ]
        if known:
            yield " and ".join(known).capitalize()
        if len(opens.devices) > 1:
            yield f"{len(opens.devices)} devices"
        if len(opens.networks) > 1:
            yield f"{len(opens.networks)} networks"
        if opens.read_count and not is_read:
            yield f"read {times_of(opens.read_count)}"
    if len(opens.devices) == 1:
        yield opens.devices[0]
    if len(opens.networks) == 1:
        yield opens.networks[0]
    if opens.has_pdf_download:
        yield "downloaded the PDF"
    if opens.has_pay_click:
        yield "chose to pay"


def _answered_after(message: Message) -> str:
    if message.answered_at is None:
        return "Not answered yet"
    return f"Answered after {_duration(message.answered_at - message.asked_at)}"


def _duration(time: timedelta) -> str:
    minutes = max(1, round(time.total_seconds() / 60))
    for size, unit in ((24 * 60, "day"), (60, "hour")):
        if minutes >= size:
            count = round(minutes / size)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{minutes} minute{'s' if minutes > 1 else ''}"


def _method(entry: Entry) -> str:
    """Return how a payment was made; an empty text if that isn't known."""
    payment = entry.payment
    if payment is None:
        return ""
    if payment.paid_with:
        return describe_paid_with(payment.paid_with, _ENGLISH)
    return payment_method(payment.method, _ENGLISH) if payment.method else ""


def _in_sentence(method: str) -> str:
    """Return a method as it stands within a sentence; names keep their capitals."""
    first, _, _ = method.partition(" ")
    return method[0].lower() + method[1:] if first in _GENERIC else method


# --- putting them together ------------------------------------------------------------------------


def _parts(sentence: str, values: Mapping[str, str], entry: Entry) -> Iterator[Part]:
    for index, piece in enumerate(_PLACE.split(sentence)):
        if index % 2 == 0:
            if text := piece.format_map(values):
                yield Part(text)
        elif piece == "customer":
            yield Part(entry.customer.label, entry.customer) if entry.customer else Part("a client")
        elif entry.document:
            if prefix := _PREFIXES.get(entry.document.type):
                yield Part(prefix)
            yield Part(entry.document.label, entry.document)


def _tone(entry: Entry, now: datetime) -> Tone:
    if entry.is_live(now):
        return Tone.GOOD
    if entry.email:
        return _TONES_OF_EMAILS.get(entry.email.state, Tone.NEUTRAL)
    return _TONES.get(entry.kind, Tone.NEUTRAL)


_TONES: Final[Mapping[ActivityKind, Tone]] = {
    ActivityKind.READ: Tone.GOOD,
    ActivityKind.PAYMENT_RECEIVED: Tone.GOOD,
    ActivityKind.REVERSAL_RETURNED: Tone.GOOD,
    ActivityKind.QUOTE_ACCEPTED: Tone.GOOD,
    ActivityKind.PAYMENT_PENDING: Tone.INFO,
    ActivityKind.QUESTION_ASKED: Tone.INFO,
    ActivityKind.PAYMENT_FAILED: Tone.BAD,
    ActivityKind.DISPUTED: Tone.BAD,
    ActivityKind.QUOTE_DECLINED: Tone.BAD,
}
_TONES_OF_EMAILS: Final[Mapping[DeliveryState, Tone]] = {
    DeliveryState.QUEUED: Tone.INFO,
    DeliveryState.SENDING: Tone.INFO,
    DeliveryState.FAILED: Tone.BAD,
}


def _quoted(message: Message | None) -> str:
    """Return what was written, in quotation marks and on one line; empty if it was deleted."""
    line = " ".join(message.text.split()) if message else ""
    if len(line) > _MAX_QUOTED:
        line = f"{line[: _MAX_QUOTED - 1].rstrip()}…"
    return f"“{line}”" if line else ""
