"""Words for how an invoice was paid, why a payment failed, and what changed the amount due."""

from typing import Final

from i18n.translations import N_, translations_for
from values.payments import HistoryEntry, PaidWith, PaymentKind

_METHODS: Final = {
    "bank transfer": N_("Bank transfer"),
    "card": N_("Card"),
    "cash": N_("Cash"),
    "cheque": N_("Cheque"),
    "check": N_("Cheque"),
    "direct debit": N_("Direct debit"),
    "stripe": N_("Online payment"),
}
_BRANDS: Final = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "discover": "Discover",
    "eftpos_au": "eftpos",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
"""Brands of cards: https://docs.stripe.com/api/charges/object."""
_BANK_DEBIT: Final = (N_("Bank debit"), N_("Bank debit, account ending in %(last4)s"))
_DEBITS: Final = {
    "acss_debit": _BANK_DEBIT,
    "au_becs_debit": _BANK_DEBIT,
    "bacs_debit": _BANK_DEBIT,
    "nz_bank_account": _BANK_DEBIT,
    "sepa_debit": (N_("SEPA debit"), N_("SEPA debit, account ending in %(last4)s")),
    "us_bank_account": _BANK_DEBIT,
}
"""Without and with the end of the account's number."""
_SERVICES: Final = {
    "affirm": "Affirm",
    "afterpay_clearpay": "Afterpay",
    "alipay": "Alipay",
    "amazon_pay": "Amazon Pay",
    "bancontact": "Bancontact",
    "blik": "BLIK",
    "cashapp": "Cash App Pay",
    "eps": "EPS",
    "giropay": "giropay",
    "ideal": "iDEAL",
    "klarna": "Klarna",
    "link": "Link",
    "mobilepay": "MobilePay",
    "multibanco": "Multibanco",
    "p24": "Przelewy24",
    "paypal": "PayPal",
    "revolut_pay": "Revolut Pay",
    "swish": "Swish",
    "twint": "TWINT",
    "wechat_pay": "WeChat Pay",
}
"""Names of other types: https://docs.stripe.com/payments/payment-methods/overview."""
_NO_MONEY: Final = N_("not enough money in the account")
_CLOSED: Final = N_("the account is closed")
_RESTRICTED: Final = N_("the account can't be debited")
_WRONG_DETAILS: Final = N_("the account details were not right")
_NOT_AUTHORIZED: Final = N_("the debit was not authorized")
_REFUSED: Final = N_("the bank refused it")
_FAILURES: Final = {
    "insufficient_funds": _NO_MONEY,
    "account_closed": _CLOSED,
    "bank_account_closed": _CLOSED,
    "account_frozen": _RESTRICTED,
    "bank_account_frozen": _RESTRICTED,
    "bank_account_restricted": _RESTRICTED,
    "bank_account_unusable": _RESTRICTED,
    "bank_account_invalid_details": _WRONG_DETAILS,
    "incorrect_account_holder_name": _WRONG_DETAILS,
    "invalid_account_number": _WRONG_DETAILS,
    "no_account": _WRONG_DETAILS,
    "debit_not_authorized": _NOT_AUTHORIZED,
    "bank_account_declined": _REFUSED,
    "bank_account_refer_to_customer": _REFUSED,
    "refer_to_customer": _REFUSED,
}
"""Why banks return debits: https://docs.stripe.com/declines/network-codes and
https://docs.stripe.com/error-codes. What isn't for the client to read is left out."""
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


def describe_paid_with(paid_with: PaidWith, language: str) -> str:
    """Return what the client paid with, for example "Visa ending in 4242"."""
    _ = translations_for(language).gettext
    if paid_with.type == "card":
        return _describe_card(paid_with, language)
    if texts := _DEBITS.get(paid_with.type):
        without, with_last4 = texts
        return _(with_last4) % {"last4": paid_with.last4} if paid_with.last4 else _(without)
    if paid_with.type == "customer_balance":
        return _("Bank transfer")
    return _SERVICES.get(paid_with.type) or _("Online payment")


def _describe_card(card: PaidWith, language: str) -> str:
    _ = translations_for(language).gettext
    brand = _BRANDS.get(card.brand or "")
    if not card.last4:
        return brand or _("Card")
    if brand is None:
        return _("Card ending in %(last4)s") % {"last4": card.last4}
    return _("%(brand)s ending in %(last4)s") % {"brand": brand, "last4": card.last4}


def failure_reason(code: str | None, language: str) -> str | None:
    """Return why a bank returned a payment, to follow a colon; None if that isn't known."""
    reason = _FAILURES.get(code or "")
    return translations_for(language).gettext(reason) if reason else None


def _method(entry: HistoryEntry, language: str) -> str:
    if entry.paid_with is not None:
        return describe_paid_with(entry.paid_with, language)
    return payment_method(entry.method or "", language)


def method_of(entry: HistoryEntry, language: str) -> str | None:
    """Return the payment's method or the credit note, in words; None for a write-off."""
    if entry.method:
        return _method(entry, language)
    if entry.credit_note is None:
        return None
    text = translations_for(language).gettext(_GIVEN[PaymentKind.CREDIT])
    return text % {"number": entry.credit_note}


def describe_entry(entry: HistoryEntry, language: str) -> str:
    """Return what happened, for example "Bank transfer" or "Refund"."""
    texts = _GIVEN if entry.amount > 0 else _TAKEN_AWAY
    if entry.kind not in texts:
        return _method(entry, language)
    text = translations_for(language).gettext(texts[entry.kind])
    return text % {"number": entry.credit_note or ""}
