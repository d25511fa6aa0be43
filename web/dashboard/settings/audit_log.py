"""The audit log: who did what."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from auth.permissions import Permission
from models import AuditAction, AuditEntry
from services.billing import queries
from services.common.pagination import BY_TIME, newest_first
from web.dashboard.pagination import Pages
from web.dashboard.requests import Visit, staff_page

_PATH: Final = "/dashboard/settings/log"
_PAGE: Final = 50
"""Entries on a page."""
_DEEDS: Final[Mapping[AuditAction, tuple[str, str | None]]] = {
    AuditAction.INVOICE_SHARED: ("Shared the invoice", "invoices"),
    AuditAction.INVOICE_SHARE_REVOKED: ("Revoked the link of the invoice", "invoices"),
    AuditAction.PORTAL_SHARED: ("Shared the portal of", "customers"),
    AuditAction.PORTAL_SHARE_REVOKED: ("Revoked the portal's link of", "customers"),
    AuditAction.API_KEY_CREATED: ("Made the API key", None),
    AuditAction.API_KEY_REVOKED: ("Revoked the API key", None),
    AuditAction.USER_INVITED: ("Invited the user", None),
    AuditAction.USER_UPDATED: ("Changed the user", None),
    AuditAction.USER_REMOVED: ("Removed the user", None),
    AuditAction.PASSWORD_CHOSEN: ("Chose a password", None),
    AuditAction.COMPANY_UPDATED: ("Changed the company", None),
    AuditAction.CREDIT_NOTE_ISSUED: ("Issued the credit note", "credit-notes"),
    AuditAction.CREDIT_NOTE_APPLIED: ("Applied the credit note", "credit-notes"),
    AuditAction.CREDIT_NOTE_VOIDED: ("Took back the credit note", "credit-notes"),
    AuditAction.QUOTE_SHARED: ("Shared the quote", "quotes"),
    AuditAction.QUOTE_SHARE_REVOKED: ("Revoked the link of the quote", "quotes"),
    AuditAction.QUOTE_ACCEPTED: ("Accepted the quote", "quotes"),
    AuditAction.QUOTE_DECLINED: ("Declined the quote", "quotes"),
    AuditAction.ANNOUNCEMENT_SENT: ("Sent the announcement", None),
    AuditAction.STRIPE_CONNECTED: ("Connected the Stripe account", None),
    AuditAction.STRIPE_DISCONNECTED: ("Disconnected the Stripe account", None),
    AuditAction.STRIPE_EVENT_REPLAYED: ("Replayed the Stripe event", None),
}
"""What each is called, and below which path its subject has a page."""


@staff_page(Permission.MANAGE_COMPANY)
async def audit_page(visit: Visit) -> Response:
    """Show a page of the log, the latest first."""
    after = visit.request.query_params.get("after")
    page = await newest_first(queries.audit_entries(visit.staff), _PAGE, after or None, BY_TIME)
    may_look = Permission.VIEW_INVOICES in visit.staff.permissions
    values = {
        "entries": [
            (entry, _DEEDS[entry.action][0], _url_of(entry) if may_look else None)
            for entry in page.rows
        ],
        "pages": Pages.of(page, _PATH),
    }
    return await visit.show("audit_log.html", values)


def _url_of(entry: AuditEntry) -> str | None:
    """Return where the page is of what an entry speaks of, if there is one."""
    section = _DEEDS[entry.action][1]
    return f"/dashboard/{section}/{entry.subject_id}" if section else None
