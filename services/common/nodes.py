"""Finding which of a company's rows has an id, whatever its kind."""

from enum import StrEnum
from functools import cache
from typing import Final
from uuid import UUID

from auth.permissions import Permission
from auth.staff import Staff
from db.statements import fetch


class NodeKind(StrEnum):
    """The kinds of rows that are found by their ids."""

    COMPANY = "COMPANY"
    SESSION = "SESSION"
    INVOICE = "INVOICE"
    QUOTE = "QUOTE"
    QUESTION = "QUESTION"
    CREDIT_NOTE = "CREDIT_NOTE"
    CUSTOMER = "CUSTOMER"
    PAYMENT = "PAYMENT"
    REFUND = "REFUND"
    CREDIT_APPLICATION = "CREDIT_APPLICATION"
    CREDIT_PAYOUT = "CREDIT_PAYOUT"
    EMAIL_DELIVERY = "EMAIL_DELIVERY"
    USER = "USER"
    API_KEY = "API_KEY"
    AUDIT_ENTRY = "AUDIT_ENTRY"
    WEBHOOK = "WEBHOOK"
    WEBHOOK_DELIVERY = "WEBHOOK_DELIVERY"


_OF_COMPANY: Final = "company_id = $2"
_FOR_ALL: Final = {
    NodeKind.COMPANY: "company WHERE id = $2",
    NodeKind.SESSION: "credential WHERE user_id = $3 AND kind = 'SESSION'",
}
"""What all staff may see: the caller's own company and sessions."""
_FOR_VIEWERS: Final = {
    NodeKind.INVOICE: f"invoice WHERE {_OF_COMPANY}",
    NodeKind.QUOTE: f"quote WHERE {_OF_COMPANY}",
    NodeKind.QUESTION: f"question WHERE {_OF_COMPANY}",
    NodeKind.CREDIT_NOTE: f"credit_note WHERE {_OF_COMPANY}",
    NodeKind.CUSTOMER: f"customer WHERE {_OF_COMPANY}",
    NodeKind.PAYMENT: f"payment WHERE {_OF_COMPANY}",
    NodeKind.REFUND: f"stripe_refund WHERE {_OF_COMPANY}",
    NodeKind.CREDIT_APPLICATION: f"credit_application WHERE {_OF_COMPANY} AND reverses_id IS NULL",
    NodeKind.CREDIT_PAYOUT: f"credit_payout WHERE {_OF_COMPANY} AND reverses_id IS NULL",
    NodeKind.EMAIL_DELIVERY: f"email_delivery WHERE {_OF_COMPANY} AND customer_id IS NOT NULL",
}
"""What VIEW_INVOICES lets staff see."""
_FOR_MANAGERS: Final = {
    NodeKind.USER: f"staff_user WHERE {_OF_COMPANY}",
    NodeKind.API_KEY: f"credential WHERE {_OF_COMPANY} AND kind = 'API_KEY'",
    NodeKind.AUDIT_ENTRY: f"audit_entry WHERE {_OF_COMPANY}",
    NodeKind.WEBHOOK: f"webhook WHERE {_OF_COMPANY} AND kind = 'EVENTS'",
    NodeKind.WEBHOOK_DELIVERY: f"webhook_delivery WHERE {_OF_COMPANY} AND webhook_id IN"
    " (SELECT id FROM webhook WHERE kind = 'EVENTS')",
}
"""What MANAGE_COMPANY lets staff see."""


async def find_kind(staff: Staff, id_: UUID) -> NodeKind | None:
    """Return the kind of the row with an id, in one statement.

    None if there is none, if it is another company's, and if the caller may not see it.
    """
    person = staff.user_id if staff.is_person else None
    found = await fetch(_statement(staff.permissions), id_, staff.company_id, person)
    return NodeKind(found[0]["kind"]) if found else None


@cache
def _statement(permissions: frozenset[Permission]) -> str:
    visible = dict(_FOR_ALL)
    if Permission.VIEW_INVOICES in permissions:
        visible |= _FOR_VIEWERS
    if Permission.MANAGE_COMPANY in permissions:
        visible |= _FOR_MANAGERS
    return " UNION ALL ".join(
        f"SELECT '{kind}' AS kind FROM {rows} AND id = $1" for kind, rows in visible.items()
    )
