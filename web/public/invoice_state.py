"""What is true of an invoice, and what to do: the top of its page, and the end of its sums."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple, Self
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from i18n.documents import Row
from i18n.formatting import format_date, format_money
from i18n.templates import day_element
from i18n.translations import translations_for
from models import Invoice, InvoiceStatus
from values.payments import HistoryEntry, PaymentHistory, PaymentKind
from web.http.pills import Pill, due_pill, due_pills
from web.public.payment_history import FailedPaymentView, unpaid_since

_PAYMENTS: Final = frozenset({PaymentKind.PAYMENT, PaymentKind.REVERSAL})
_REFUNDS: Final = frozenset({PaymentKind.REFUND, PaymentKind.DISPUTE})


class Progress(NamedTuple):
    """How much of an invoice is paid, in minor units."""

    paid: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceState:
    """The state of an invoice in its client's words."""

    title: str
    label: str
    """What the amount is."""
    amount: str
    pills: Sequence[Pill]
    sentence: Markup
    """What is true and what to do."""
    more: Markup | None = None
    progress: Progress | None = None
    is_gone: bool = False
    """Whether the amount no longer counts."""
    has_failed: bool = False
    """Whether it says that a payment failed."""
    pending: str | None
    """What is on its way."""
    sums: Sequence[Row]
    """What lies between the total and the rest; nothing that is zero."""
    rest: Row

    @classmethod
    def of(cls, invoice: Invoice, history: PaymentHistory, today: date) -> Self:
        """Return the state of an invoice with this history on the company's day `today`."""
        facts = _Facts(
            invoice=invoice,
            history=history.entries,
            failed=unpaid_since(invoice, history),
            today=today,
            language=invoice.written_in,
        )
        pending = invoice.amount_pending if invoice.is_open else 0
        return cls(
            **_hero(facts),
            pending=facts.money(pending) if pending else None,
            sums=_sums(facts),
            rest=_rest(facts),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What the words are about."""

    invoice: Invoice
    history: Sequence[HistoryEntry]
    failed: FailedPaymentView | None
    today: date
    language: str

    def money(self, minor: int) -> str:
        return format_money(self.invoice.money(minor), self.language)

    def day(self, moment: date | datetime) -> Markup:
        """Return a day, or that of an instant where the company is, as an element."""
        if isinstance(moment, datetime):
            moment = moment.astimezone(ZoneInfo(self.invoice.company.time_zone)).date()
        return day_element(moment, format_day=format_date, language=self.language)

    def sum_of(self, kinds: Iterable[PaymentKind]) -> int:
        return sum(entry.amount for entry in self.history if entry.kind in kinds)


def _say(text: str, **values: Any) -> Markup:  # noqa: ANN401  # texts and elements
    """Return a translated text with its values, as HTML."""
    return escape(text) % values


# --- the top of the page --------------------------------------------------------------------------


def _hero(facts: _Facts) -> dict[str, Any]:
    invoice = facts.invoice
    if invoice.status is InvoiceStatus.CANCELLED:
        return _cancelled(facts)
    if not invoice.is_open:
        return _settled(facts)
    if invoice.remaining <= 0:
        return _on_its_way(facts)
    reversal = _reopening(facts.history)
    if facts.failed:
        hero = _failed(facts, facts.failed)
    elif reversal:
        hero = _reopened(facts, reversal)
    else:
        hero = _due(facts)
    paid = Progress(invoice.amount_paid, invoice.total) if invoice.amount_paid else None
    return {**hero, **_left(facts), "progress": paid}


def _left(facts: _Facts) -> dict[str, Any]:
    """Return the amount that is left to pay, and what is on its way."""
    invoice, _ = facts.invoice, translations_for(facts.language).gettext
    pending, more = invoice.amount_pending, None
    if pending:
        more = _say(_("%(amount)s is on its way."), amount=facts.money(pending))
    return {"label": _("Amount due"), "amount": facts.money(invoice.remaining), "more": more}


def _due(facts: _Facts) -> dict[str, Any]:
    invoice, _ = facts.invoice, translations_for(facts.language).gettext
    pills, due = due_pills(invoice, facts.today), invoice.due_date
    is_overdue = invoice.is_overdue(facts.today)
    values: dict[str, Any] = {
        "paid": facts.money(invoice.amount_paid),
        "total": facts.money(invoice.total),
        "date": facts.day(due) if due else "",
    }
    if invoice.amount_paid:
        if due is None:
            text = _("You have paid %(paid)s of %(total)s.")
        elif is_overdue:
            text = _(
                "You have paid %(paid)s of %(total)s. The rest was due on %(date)s."
                " Please pay it now."
            )
        else:
            text = _("You have paid %(paid)s of %(total)s. The rest is due by %(date)s.")
    elif due is None:
        text = _("Please pay this invoice.")
    elif is_overdue:
        text = _(
            "This was due on %(date)s. Please pay it now. If you have just sent the money,"
            " thank you: it will show here in one or two days."
        )
    else:
        text = _("Please pay by %(date)s.")
    # The title begins with what is most urgent.
    title = pills[-1].text if is_overdue else pills[0].text
    return {"title": title, "pills": pills, "sentence": _say(text, **values)}


def _failed(facts: _Facts, failed: FailedPaymentView) -> dict[str, Any]:
    _, due = translations_for(facts.language).gettext, facts.invoice.due_date
    if failed.reason:
        text = _("Your bank returned the payment from %(date)s: %(reason)s. Nothing was taken.")
    else:
        text = _("Your bank returned the payment from %(date)s. Nothing was taken.")
    what = _say(text, date=facts.day(failed.started), reason=failed.reason)
    if due is None or facts.invoice.is_overdue(facts.today):
        then = _say(_("Please pay again."))
    else:
        then = _say(_("Please pay again by %(date)s."), date=facts.day(due))
    pill = Pill("is-bad", "x", failed.text)
    return {
        "title": pill.text,
        "pills": [pill, *([due_pill(due, facts.today, facts.language)] if due else [])],
        "sentence": Markup(" ").join((what, then)),
        "has_failed": True,
    }


def _reopening(history: Sequence[HistoryEntry]) -> HistoryEntry | None:
    """Return the refund or the dispute that stands, and that nothing was paid after."""
    returned = 0  # of disputes that were won, and refunds that failed
    for entry in reversed(history):
        if entry.kind is PaymentKind.PAYMENT:
            return None
        if entry.kind in _REFUNDS:
            returned += entry.amount
            if returned < 0:
                return entry
    return None


def _reopened(facts: _Facts, reversal: HistoryEntry) -> dict[str, Any]:
    _, due = translations_for(facts.language).gettext, facts.invoice.due_date
    amount = facts.money(-reversal.amount)
    if reversal.kind is PaymentKind.DISPUTE:
        pill = Pill("is-bad", "back", _("Payment disputed"))
        text = _(
            "Your bank took back %(amount)s of your payment on %(date)s, so it is open again."
            " Not expected? Ask us."
        )
    else:
        pill = Pill("", "back", _("%(amount)s refunded") % {"amount": amount})
        text = _(
            "%(amount)s of your payment was refunded on %(date)s, so it is open again."
            " Not expected? Ask us."
        )
    what = _say(text, amount=amount, date=facts.day(reversal.at))
    if due is None or facts.invoice.is_overdue(facts.today):
        then = _say(_("Please pay this invoice."))
    else:
        then = _say(_("Please pay by %(date)s."), date=facts.day(due))
    return {
        "title": _("%(amount)s open again") % {"amount": amount},
        "pills": [pill, *([due_pill(due, facts.today, facts.language)] if due else [])],
        "sentence": Markup(" ").join((what, then)),
    }


def _on_its_way(facts: _Facts) -> dict[str, Any]:
    _ = translations_for(facts.language).gettext
    [pill] = due_pills(facts.invoice, facts.today)
    return {
        "title": pill.text,
        "label": _("On its way"),
        "amount": facts.money(facts.invoice.amount_pending),
        "pills": [pill],
        "sentence": _say(_("Banks take two to five working days. You don't need to do anything.")),
    }


def _cancelled(facts: _Facts) -> dict[str, Any]:
    invoice, _ = facts.invoice, translations_for(facts.language).gettext
    assert invoice.cancelled_at is not None
    text = _("%(business)s cancelled this invoice on %(date)s. Please don't pay it.")
    pills = due_pills(invoice, facts.today)
    return {
        "title": pills[0].text,
        "label": _("Cancelled, was"),
        "amount": facts.money(invoice.total),
        "pills": pills,
        "sentence": _say(text, business=invoice.seller.name, date=facts.day(invoice.cancelled_at)),
        "is_gone": True,
    }


def _settled(facts: _Facts) -> dict[str, Any]:
    """Return the words for an invoice on which nothing is left to pay."""
    invoice, _ = facts.invoice, translations_for(facts.language).gettext
    refunded, done = -facts.sum_of(_REFUNDS), _("You don't need to do anything.")
    voided = {e.payment_id for e in facts.history if e.kind is PaymentKind.REVERSAL}
    gains = [e for e in facts.history if e.amount > 0 and e.payment_id not in voided]
    last = gains[-1] if gains else None
    pills, more = due_pills(invoice, facts.today), None
    if refunded > 0:
        [*_others, refund] = (e for e in facts.history if e.kind in _REFUNDS and e.amount < 0)
        amount = facts.money(refunded)
        pills = [*pills, Pill("", "back", _("%(amount)s refunded") % {"amount": amount})]
        sentence = _say(
            _("We refunded %(amount)s on %(date)s. Nothing is left to pay."),
            amount=facts.money(-refund.amount),
            date=facts.day(refund.at),
        )
        more = _say(_("Banks take five to ten days to show a refund."))
    elif last is None:
        pills, sentence = [Pill("is-good", "check", _("Nothing to pay"))], _say(done)
    elif last.kind is PaymentKind.CREDIT:
        if not facts.sum_of(_PAYMENTS):
            pills = [Pill("is-good", "check", _("Covered by credit"))]
        sentence = _say(
            _("Credit note %(number)s covers what was left to pay.") + f" {done}",
            number=last.credit_note,
        )
    elif last.kind is PaymentKind.WRITE_OFF:
        if not invoice.amount_paid:
            pills = [Pill("", "minus", _("Waived"))]
        sentence = _say(
            _("%(business)s has waived %(amount)s. Nothing is left to pay."),
            business=invoice.seller.name,
            amount=facts.money(invoice.written_off),
        )
    else:
        text = _("Thank you. We received your payment on %(date)s.")
        sentence = _say(f"{text} {done}", date=facts.day(last.at))
    return {
        "title": ", ".join(pill.text for pill in pills),
        "label": pills[0].text,
        "amount": facts.money(invoice.total),
        "pills": pills,
        "sentence": sentence,
        "more": more,
    }


# --- the sums -------------------------------------------------------------------------------------


def _sums(facts: _Facts) -> list[Row]:
    invoice, _ = facts.invoice, translations_for(facts.language).gettext
    notes = {e.credit_note for e in facts.history if e.kind is PaymentKind.CREDIT}
    credit = facts.sum_of({PaymentKind.CREDIT})
    [note] = notes if len(notes) == 1 else [None]
    credited = _("Credit note %(number)s") % {"number": note} if note else _("Credit notes")
    rows = (
        (_("Paid"), -facts.sum_of(_PAYMENTS)),
        (_("Refunded"), -facts.sum_of(_REFUNDS)),
        (credited if credit > 0 else _("Kept as credit"), -credit),
        (_("Waived"), -invoice.written_off),
        (_("On its way"), -invoice.amount_pending if invoice.is_open else 0),
    )
    return [Row(label, facts.money(minor)) for label, minor in rows if minor]


def _rest(facts: _Facts) -> Row:
    invoice, _ = facts.invoice, translations_for(facts.language).gettext
    if invoice.status is InvoiceStatus.CANCELLED:
        return Row(_("Nothing to pay"), facts.money(0))
    left = max(invoice.remaining, 0) if invoice.is_open else 0
    return Row(_("Amount due") if left else _("Left to pay"), facts.money(left))
