"""How invoices are paid by bank transfer."""

from typing import Self

import strawberry

from banking import transfers


@strawberry.type(description="How an invoice is paid by bank transfer.")
class BankTransfer:
    account_holder: str = strawberry.field(description="Whose account it is.")
    iban: str | None = strawberry.field(description="The IBAN, without spaces.")
    formatted_iban: str | None = strawberry.field(description="The IBAN in groups of four.")
    bic: str | None = strawberry.field(description="The BIC.")
    account_lines: list[str] = strawberry.field(
        description="The account where there is no IBAN, line by line as the business writes it."
    )
    reference: str | None = strawberry.field(
        description="The payment reference without spaces: a creditor reference (ISO 11649), a "
        "Swiss QR reference if the IBAN is a QR-IBAN, or the invoice's number if there is no IBAN. "
        "Null for a draft."
    )
    formatted_reference: str | None = strawberry.field(
        description="The payment reference in groups, as people read it."
    )
    qr_payload: str | None = strawberry.field(
        description="The content of the QR code that European banking apps scan (EPC069-12, "
        "UTF-8), for exactly what is left to pay; null if it isn't in euros or the account isn't "
        "in SEPA."
    )
    swiss_qr_payload: str | None = strawberry.field(
        description="The content of the Swiss QR code (SPC 0200, UTF-8), to be drawn with the "
        "Swiss cross; null if the account isn't in Switzerland or Liechtenstein, the currency is "
        "neither CHF nor EUR, or the business's address isn't known in parts."
    )

    @classmethod
    def of(cls, transfer: transfers.BankTransfer | None) -> Self | None:
        if transfer is None:
            return None
        reference, bill = transfer.reference, transfer.swiss_qr_bill
        return cls(
            account_holder=transfer.account_holder,
            iban=transfer.iban,
            formatted_iban=transfer.formatted_iban,
            bic=transfer.bic,
            account_lines=list(transfer.account_lines),
            reference=reference.value if reference else None,
            formatted_reference=reference.formatted if reference else None,
            qr_payload=transfer.epc_payload,
            swiss_qr_payload=bill.payload if bill else None,
        )
