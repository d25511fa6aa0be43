"""The card of an invoice or credit note that says whether its e-invoice is ready."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from auth.permissions import Permission
from auth.staff import Staff
from core.urls import PATHS
from einvoices.details import MissingDetail
from einvoices.formats import EInvoiceFormat
from services.billing.e_invoices import (
    Row,
    is_withdrawn,
    load_e_invoice,
    required_format,
    states_of,
    wanted_format,
)

_NAMES: Final = {
    EInvoiceFormat.FACTUR_X: "Factur-X / ZUGFeRD",
    EInvoiceFormat.XRECHNUNG_CII: "XRechnung (CII)",
    EInvoiceFormat.XRECHNUNG_UBL: "XRechnung (UBL)",
    EInvoiceFormat.PEPPOL_UBL: "Peppol BIS Billing",
}
_PARTY_INPUTS: Final = {
    "contactName": "contact_name",
    "email": "email",
    "endpoint": "endpoint",
    "phone": "phone",
    "registrationId": "registration_id",
    "registrationScheme": "registration_scheme",
    "vatId": "vat_id",
    "postalAddress.city": "city",
    "postalAddress.country": "country",
    "postalAddress.lines": "street",
    "postalAddress.postalCode": "postal_code",
}
_DOCUMENT_INPUTS: Final = {
    "buyerReference": "buyer_reference",
    "currency": "currency",
    "deliveryAddress": "street",
    "dueDate": "last_day",
    "lines": "items",
    "paymentTerms": "payment_terms",
    "servicePeriod": "service_from",
    "taxExemptionReason": "exemption_reason",
}
_INPUTS: Final = {
    "company": _PARTY_INPUTS,
    "customer": _PARTY_INPUTS,
    "document": _DOCUMENT_INPUTS,
}
"""The ids of inputs in the forms, by the paths of their fields; those of lines are in one part."""


class Missing(NamedTuple):
    """What is missing, and where staff can enter it; None if they can't."""

    message: str
    url: str | None


class File(NamedTuple):
    """A format that is ready, and where its file is."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EInvoiceCard:
    """What the card shows."""

    name: str
    """The format that the customer requires, or else Factur-X."""
    is_draft: bool
    is_withdrawn: bool
    """Whether clients don't get it any more."""
    is_required: bool
    """Whether the document can't be issued before it is ready."""
    missing: Sequence[Missing]
    files: Sequence[File]
    """None of a draft."""

    @property
    def is_lacking(self) -> bool:
        """Whether the customer requires the e-invoice of a valid document that was issued without.

        Such as a credit note that the portal issued itself, because money was refunded.
        """
        is_valid = not self.is_draft and not self.is_withdrawn
        return self.is_required and is_valid and bool(self.missing)

    @classmethod
    async def of(cls, row: Row, staff: Staff, url: str) -> "EInvoiceCard":
        """Return the card of a document whose page is at `url`."""
        states = states_of(await load_e_invoice(row))
        wanted, is_draft = wanted_format(row.customer), row.number is None
        [missing] = (state.missing for state in states if state.format is wanted)
        documents = f"{row.noun.replace(' ', '-')}s"
        return cls(
            name=_NAMES[wanted].partition(" (")[0],
            is_draft=is_draft,
            is_withdrawn=is_withdrawn(row),
            is_required=required_format(row.customer) is not None,
            missing=[
                Missing(detail.message, _url_of(detail, row, staff, url)) for detail in missing
            ],
            files=[]
            if is_draft
            else [
                File(_NAMES[state.format], PATHS.document_xml(documents, row.id, state.format))
                for state in states
                if state.is_ready
            ],
        )


def _url_of(detail: MissingDetail, row: Row, staff: Staff, url: str) -> str | None:
    """Return the form in which a detail is entered; None if the staff can't use it.

    What an issued document says can't change. Its parties can still be completed for the next one.
    """
    root, _, field = detail.field.partition(".")
    needed = Permission.MANAGE_COMPANY if root == "company" else Permission.MANAGE_INVOICES
    if needed not in staff.permissions or (root == "document" and row.number is not None):
        return None
    inputs = _INPUTS[root]
    name = inputs.get(field) or inputs.get(field.partition(".")[0])
    anchor = f"#{name}" if name else ""
    match root:
        case "company" if field == "iban":
            return "/dashboard/settings/payments/bank"
        case "company":
            return f"/dashboard/settings{anchor}"
        case "customer":
            return f"/dashboard/customers/{row.customer_id}/edit{anchor}"
        case _:
            return f"{url}/edit{anchor}"
