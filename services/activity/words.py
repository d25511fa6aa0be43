"""What timelines say, in English: about a document on its own page, and in a feed of the company.

A text has places for `{customer}` and `{document}`, since pages link them.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from i18n.formatting import format_exact, format_money
from i18n.payments import describe_paid_with, payment_method
from models import DeliveryState, ViewSource
from services.activity.entries import ActivityKind, Entry, Message, Opens, Subject, SubjectKind
from services.activity.texts import (
    MAIL,
    OF_CREDIT,
    OF_CREDIT_NOTES,
    OF_CUSTOMERS,
    OUTCOMES,
    STOPPED,
    TEXTS,
)

_ENGLISH: Final = "en"
_MAX_QUOTED: Final = 120
"""Characters of a question or an answer."""
_PLACE: Final = re.compile(r"\{(customer|document)\}")
_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?) ([A-Z]{3})\b")
"""How an entry of the audit log about credit begins."""


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
        "noun": MAIL.get(email.kind, "E-mail") if email else "",
        "to": email.recipient if email else "",
        "author": (message and message.author) or "Your client",
        "quoted": _quoted(message),
    }
    return Words(
        text=text.format_map(values),
        sentence=list(_parts(sentence, values, entry)),
        details=list(_details(entry, method, language)),
        method=method,
        tone=_tone(entry, now),
    )


# --- texts ----------------------------------------------------------------------------------------

_SOURCES: Final = {
    ViewSource.LINK: " from the link",
    ViewSource.EMAIL: " from the e-mail",
    ViewSource.PORTAL: " from the portal",
}
_TIMES: Final = {1: "once", 2: "twice"}
_NOUNS: Final = {
    SubjectKind.INVOICE: "invoice",
    SubjectKind.QUOTE: "quote",
    SubjectKind.CREDIT_NOTE: "credit note",
}
_GENERIC: Final = frozenset(
    {"Bank", "Card", "Cash", "Cheque", "Direct", "Online"},
)
"""First words of methods that aren't names."""


def _texts(entry: Entry, now: datetime) -> tuple[str, str]:
    """Return what happened, with places for names and amounts."""
    if entry.email:
        return OUTCOMES.get(entry.email.state, STOPPED)
    if special := _SPECIAL.get(entry.kind):
        return special(entry, now)
    if entry.document is None and entry.kind in OF_CUSTOMERS:
        return OF_CUSTOMERS[entry.kind]
    if entry.amount is None and entry.kind in OF_CREDIT_NOTES:
        return OF_CREDIT_NOTES[entry.kind]
    return TEXTS[entry.kind]


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


def _details(entry: Entry, method: str, language: str) -> Iterator[str]:
    if entry.opens:
        yield from _of_opens(entry.opens, is_read=entry.kind is ActivityKind.READ)
    if entry.email and entry.email.detail:
        is_sent = entry.email.state is DeliveryState.SENT
        yield f"Mail server: {entry.email.detail}" if is_sent else entry.email.detail
    if entry.kind is ActivityKind.PAYMENT_RECEIVED and entry.actor:
        yield f"Recorded by {entry.actor}"
    if entry.kind is ActivityKind.PAYMENT_FAILED and method:
        yield method
    if entry.payment and entry.payment.reference and not entry.payment.payment_intent:
        yield entry.payment.reference
    if entry.message and entry.kind is ActivityKind.QUESTION_ASKED:
        yield _answered_after(entry.message)
    if entry.note and entry.kind not in {ActivityKind.DELETED, ActivityKind.EMAILS_TURNED_OFF}:
        yield _note(entry, language)


def _note(entry: Entry, language: str) -> str:
    """Return its note, with an amount of the audit log as in `language`."""
    note = entry.note or ""
    is_logged = entry.kind in OF_CREDIT and entry.amount is None
    amount = _AMOUNT.match(note) if is_logged else None
    return format_exact(*amount.groups(), language) + note[amount.end() :] if amount else note


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
            yield from _named(entry.document)


def _named(document: Subject) -> Iterator[Part]:
    noun = _NOUNS[document.type]
    if document.label == "draft":
        yield Part(f"a draft {noun}", document)
        return
    if document.type is not SubjectKind.INVOICE:
        yield Part(f"{noun} ")
    yield Part(document.label, document)


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
