"""How an invoice is paid by bank transfer: what the page, the PDF, e-mails and the API show."""

from dataclasses import dataclass

from banking.accounts import grouped
from banking.references import PaymentReference
from banking.swiss_qr_bill import SwissQrBill


@dataclass(frozen=True, slots=True)
class BankTransfer:
    """The account, the reference, and the codes for exactly what is left to pay."""

    account_holder: str
    iban: str | None = None
    bic: str | None = None
    account_lines: tuple[str, ...] = ()
    """The account where there is no IBAN, as the business writes it."""
    reference: PaymentReference | None = None
    """None for a draft, which has no number yet."""
    epc_payload: str | None = None
    """The content of the QR code for SEPA credit transfers."""
    swiss_qr_bill: SwissQrBill | None = None

    @property
    def formatted_iban(self) -> str | None:
        """The IBAN in groups of four."""
        return grouped(self.iban) if self.iban else None
