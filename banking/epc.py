"""The code for SEPA credit transfers: EPC069-12, version 2.1, "GiroCode" in Germany."""

from decimal import Decimal
from typing import Final

from banking.accounts import is_qr_iban
from banking.references import PaymentReference, ReferenceType

SEPA_COUNTRIES: Final = frozenset(
    {
        *("AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR"),
        *("GB", "GI", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD"),
        *("ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "SM", "VA"),
    }
)
"""Where IBANs of SEPA's members start with these letters (EPC409-09, as of 2026)."""
MIN_AMOUNT: Final = Decimal("0.01")
MAX_AMOUNT: Final = Decimal("999999999.99")
_MAX_NAME: Final = 70
_MAX_TEXT: Final = 140
_MAX_BYTES: Final = 331


def epc_payload(
    *,
    holder: str,
    iban: str,
    bic: str | None,
    reference: PaymentReference,
    amount: Decimal,
    currency: str,
) -> str | None:
    """Return the content of the QR code, in UTF-8, or None if there can't be one.

    It needs euros, an amount in SEPA's limits, and an account in a country of SEPA. A QR-IBAN only
    takes payments by a Swiss QR-bill. Names that are too long are cut.
    """
    if (
        currency != "EUR"
        or not MIN_AMOUNT <= amount <= MAX_AMOUNT
        or iban[:2] not in SEPA_COUNTRIES
        or is_qr_iban(iban)
    ):
        return None
    remittance = (
        [reference.value]
        if reference.type is ReferenceType.CREDITOR
        else ["", reference.value[:_MAX_TEXT]]
    )
    head, tail = ["BCD", "002", "1", "SCT", bic or ""], [iban, f"EUR{amount:.2f}", "", *remittance]
    left = _MAX_BYTES - len("\n".join([*head, "", *tail]).encode())
    name = " ".join(holder.split())[:_MAX_NAME].encode()[:left].decode(errors="ignore")
    return "\n".join([*head, name.strip(), *tail])
