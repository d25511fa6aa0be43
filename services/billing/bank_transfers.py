"""How invoices are paid by bank transfer: to the account that the document names."""

from dataclasses import replace
from typing import Any, Final

from banking.epc import epc_payload
from banking.references import payment_reference
from banking.swiss_qr_bill import QrBillParty, qr_bill_party, swiss_qr_bill
from banking.transfers import BankTransfer
from i18n.locales import DEFAULT_LANGUAGE, locale_of
from i18n.translations import translations_for
from models import Invoice
from values.money import to_decimal
from values.parties import PostalAddress

_SLIP_LANGUAGES: Final = frozenset({"de", "fr", "it"})
"""The languages of Swiss payment slips besides English."""


def bank_transfer(invoice: Invoice) -> BankTransfer | None:
    """Return how an invoice is paid by bank transfer. Needs the parties that it was issued with.

    The codes are for what is due and not on its way yet. A draft shows the account only, since it
    has no number. None if the business has no account, or if nothing is left to pay.
    """
    bank = invoice.seller.bank
    if not bank or invoice.remaining <= 0:
        return None
    transfer = BankTransfer(
        account_holder=bank.account_holder or invoice.seller.name,
        iban=bank.iban,
        bic=bank.bic,
        account_lines=tuple((bank.account_lines or "").splitlines()),
    )
    if invoice.number is None:
        return transfer
    reference = payment_reference(invoice.number, bank.iban)
    if bank.iban is None:
        return replace(transfer, reference=reference)
    amount = to_decimal(invoice.remaining, invoice.currency)
    payment: dict[str, Any] = {
        "iban": bank.iban,
        "reference": reference,
        "amount": amount,
        "currency": invoice.currency,
    }
    return replace(
        transfer,
        reference=reference,
        epc_payload=epc_payload(holder=transfer.account_holder, bic=bank.bic, **payment),
        swiss_qr_bill=swiss_qr_bill(
            creditor=_party(transfer.account_holder, invoice.seller.address),
            debtor=_party(invoice.buyer.name, invoice.buyer.address),
            message=_message(invoice),
            **payment,
        ),
    )


def _party(name: str, address: PostalAddress | None) -> QrBillParty | None:
    if address is None:
        return None
    return qr_bill_party(
        name=name,
        street_lines=address.lines,
        postal_code=address.postal_code,
        town=address.city,
        country=address.country,
    )


def _message(invoice: Invoice) -> str:
    """Return what the slip calls the invoice, in the slip's language."""
    language = locale_of(invoice.written_in).language
    slip_language = language if language in _SLIP_LANGUAGES else DEFAULT_LANGUAGE
    gettext = translations_for(slip_language).gettext
    return gettext("Invoice %(number)s") % {"number": invoice.number}
