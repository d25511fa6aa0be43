"""Words for how an invoice was paid, and for what changed the amount due on it."""

from typing import Final

from i18n.translations import N_, translations_for
from models.invoices import HistoryEntry, PaymentKind

_METHODS: Final = {
    "bank transfer": N_("Bank transfer"),
    "card": N_("Card"),
    "cash": N_("Cash"),
    "cheque": N_("Cheque"),
    "check": N_("Cheque"),
    "direct debit": N_("Direct debit"),
    "stripe": N_("Online payment"),
}
_TAKEN_AWAY: Final = {
    PaymentKind.CREDIT: N_("Kept as credit note %(number)s"),
    PaymentKind.REFUND: N_("Refund"),
    PaymentKind.DISPUTE: N_("Payment disputed at the bank"),
    PaymentKind.WRITE_OFF: N_("Due again"),
    PaymentKind.REVERSAL: N_("Payment corrected"),
}
_GIVEN: Final = {
    PaymentKind.CREDIT: N_("Credit note %(number)s"),
    PaymentKind.REFUND: N_("Refund returned"),
    PaymentKind.DISPUTE: N_("Disputed payment returned"),
    PaymentKind.WRITE_OFF: N_("Waived"),
}


def payment_method(method: str, language: str) -> str:
    """Return how a payment was made in `language`; unknown methods stay as staff typed them."""
    known = _METHODS.get(method.strip().replace("_", " ").casefold())
    return translations_for(language).gettext(known) if known else method


def method_of(entry: HistoryEntry, language: str) -> str | None:
    """Return the payment's method or the credit note, in words; None for a write-off."""
    if entry.method:
        return payment_method(entry.method, language)
    if entry.credit_note is None:
        return None
    text = translations_for(language).gettext(_GIVEN[PaymentKind.CREDIT])
    return text % {"number": entry.credit_note}


def describe_entry(entry: HistoryEntry, language: str) -> str:
    """Return what happened, for example "Bank transfer" or "Refund"."""
    texts = _GIVEN if entry.amount > 0 else _TAKEN_AWAY
    if entry.kind not in texts:
        return payment_method(entry.method or "", language)
    text = translations_for(language).gettext(texts[entry.kind])
    return text % {"number": entry.credit_note or ""}
