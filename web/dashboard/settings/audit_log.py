"""The audit log."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from starlette.datastructures import FormData
from starlette.responses import Response

from auth.permissions import Permission
from core.search_texts import searchable
from errors import PortalError
from models import AuditAction, AuditEntry, EmailTextKind
from services.billing import queries
from services.common.listings import newest_first
from services.common.pagination import BY_TIME
from web.dashboard.forms.choices import language_name
from web.dashboard.forms.fields import Field, Form, optional, parse_date
from web.dashboard.lists.pagination import PageLinks
from web.dashboard.permission_words import in_words
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.settings.email_texts import EMAIL_KINDS

_PATH: Final = "/dashboard/settings/log"
_PAGE_SIZE: Final = 50
_MAX_NAMES: Final = 200
"""People, and API keys, to choose from. Others are found by their names in the address."""
_ACTION_LABELS: Final[Mapping[AuditAction, tuple[str, str | None]]] = {
    AuditAction.CUSTOMER_CREATED: ("Created customer", "customers"),
    AuditAction.CUSTOMER_UPDATED: ("Edited customer", "customers"),
    AuditAction.INVOICE_CREATED: ("Created invoice", "invoices"),
    AuditAction.INVOICE_ISSUED: ("Issued invoice", "invoices"),
    AuditAction.INVOICE_CANCELLED: ("Cancelled invoice", "invoices"),
    AuditAction.QUOTE_CREATED: ("Created quote", "quotes"),
    AuditAction.CREDIT_NOTE_CREATED: ("Created credit note", "credit-notes"),
    AuditAction.DRAFT_DELETED: ("Deleted", None),
    AuditAction.EMAIL_SENT: ("Sent by e-mail:", None),
    AuditAction.EMAIL_CANCELLED: ("Cancelled the e-mail with", None),
    AuditAction.INVOICE_SHARED: ("Shared invoice", "invoices"),
    AuditAction.INVOICE_SHARE_REVOKED: ("Stopped sharing invoice", "invoices"),
    AuditAction.PORTAL_SHARED: ("Shared the portal with", "customers"),
    AuditAction.PORTAL_SHARE_REVOKED: ("Stopped sharing the portal with", "customers"),
    AuditAction.API_KEY_CREATED: ("Created API key", None),
    AuditAction.API_KEY_REVOKED: ("Revoked API key", None),
    AuditAction.USER_INVITED: ("Invited", None),
    AuditAction.USER_UPDATED: ("Edited user", None),
    AuditAction.USER_REMOVED: ("Removed user", None),
    AuditAction.SIGNED_IN: ("Signed in as", None),
    AuditAction.SIGN_IN_FAILED: ("Failed to sign in as", None),
    AuditAction.SIGNED_OUT: ("Signed out as", None),
    AuditAction.SESSION_ENDED: ("Ended a session of", None),
    AuditAction.PASSWORD_CHOSEN: ("Set the password of", None),
    AuditAction.PASSWORD_CONFIRMED: ("Entered the password again:", None),
    AuditAction.PASSWORD_RESET_REQUESTED: ("Requested a new password for", None),
    AuditAction.SECOND_FACTOR_ENABLED: ("Turned on two-step sign-in for", None),
    AuditAction.SECOND_FACTOR_DISABLED: ("Turned off two-step sign-in for", None),
    AuditAction.SECOND_FACTOR_RESET: ("Reset two-step sign-in for", None),
    AuditAction.SECOND_FACTOR_REQUIRED: ("Required two-step sign-in at", None),
    AuditAction.SECOND_FACTOR_NOT_REQUIRED: ("Stopped requiring two-step sign-in at", None),
    AuditAction.RECOVERY_CODE_USED: ("Used a recovery code for", None),
    AuditAction.RECOVERY_CODES_REPLACED: ("Replaced the recovery codes of", None),
    AuditAction.COMPANY_UPDATED: ("Edited company", None),
    AuditAction.BANK_DETAILS_CHANGED: ("Changed the bank details of", None),
    AuditAction.NUMBERING_CHANGED: ("Changed the numbering of", None),
    AuditAction.CREDIT_NOTE_ISSUED: ("Issued credit note", "credit-notes"),
    AuditAction.CREDIT_NOTE_APPLIED: ("Applied credit note", "credit-notes"),
    AuditAction.CREDIT_NOTE_VOIDED: ("Voided credit note", "credit-notes"),
    AuditAction.CREDIT_APPLICATION_REVERSED: ("Removed applied credit of", "credit-notes"),
    AuditAction.CREDIT_PAID_OUT: ("Paid out credit note", "credit-notes"),
    AuditAction.CREDIT_PAYOUT_REVERSED: ("Reversed the payout of", "credit-notes"),
    AuditAction.CREDIT_NOTE_SHARED: ("Shared credit note", "credit-notes"),
    AuditAction.CREDIT_NOTE_SHARE_REVOKED: ("Stopped sharing credit note", "credit-notes"),
    AuditAction.PAYMENT_RECORDED: ("Recorded a payment for invoice", "invoices"),
    AuditAction.PAYMENT_REVERSED: ("Reversed a payment for invoice", "invoices"),
    AuditAction.PAYMENT_REFUNDED: ("Refunded a payment for invoice", "invoices"),
    AuditAction.INVOICE_WRITTEN_OFF: ("Wrote off the rest of invoice", "invoices"),
    AuditAction.WRITE_OFF_REVERSED: ("Reversed the write-off of invoice", "invoices"),
    AuditAction.QUOTE_SHARED: ("Shared quote", "quotes"),
    AuditAction.QUOTE_SHARE_REVOKED: ("Stopped sharing quote", "quotes"),
    AuditAction.QUOTE_ACCEPTED: ("Recorded acceptance of quote", "quotes"),
    AuditAction.QUOTE_DECLINED: ("Recorded decline of quote", "quotes"),
    AuditAction.QUESTION_DELETED: ("Deleted a question about", None),
    AuditAction.ANNOUNCEMENT_SENT: ("Sent announcement", None),
    AuditAction.EMAILS_TURNED_OFF: ("Turned off e-mails to", "customers"),
    AuditAction.EMAIL_TEXT_CHANGED: ("Changed e-mail text", None),
    AuditAction.STRIPE_CONNECTED: ("Connected Stripe account", None),
    AuditAction.STRIPE_DISCONNECTED: ("Disconnected Stripe account", None),
    AuditAction.STRIPE_EVENT_REPLAYED: ("Retried Stripe event", None),
    AuditAction.WEBHOOK_CREATED: ("Created the webhook to", None),
    AuditAction.WEBHOOK_UPDATED: ("Edited the webhook to", None),
    AuditAction.WEBHOOK_DELETED: ("Deleted the webhook to", None),
    AuditAction.WEBHOOK_SECRET_ROTATED: ("Replaced the secret of the webhook to", None),
    AuditAction.WEBHOOK_DISABLED: ("Turned off the webhook to", None),
    AuditAction.COMPANY_DISABLED: ("Disabled company", None),
    AuditAction.COMPANY_ENABLED: ("Enabled company", None),
    AuditAction.CUSTOMER_EXPORTED: ("Exported the data of customer", "customers"),
    AuditAction.CUSTOMER_ERASED: ("Erased the data of customer", "customers"),
}
"""The label of each action, and the section in which its subject has a page."""


_TOPICS: Final[Mapping[str, tuple[str, Sequence[str]]]] = {
    "sign-ins": (
        "Sign-ins and passwords",
        ("SIGN", "SESSION", "PASSWORD", "SECOND_FACTOR", "RECOVERY"),
    ),
    "people": ("People and API keys", ("USER", "API_KEY")),
    "settings": ("Settings", ("COMPANY", "BANK", "NUMBERING", "EMAIL_TEXT", "STRIPE")),
    "webhooks": ("Webhooks", ("WEBHOOK",)),
    "customers": ("Customers", ("CUSTOMER", "PORTAL", "EMAILS", "ANNOUNCEMENT", "QUESTION")),
    "documents": (
        "Invoices and quotes",
        ("INVOICE", "QUOTE", "DRAFT", "EMAIL_SENT", "EMAIL_CANCELLED"),
    ),
    "money": ("Payments and credit", ("PAYMENT", "CREDIT", "WRITE_OFF")),
}
"""What the log can be narrowed to: a label, and how the names of its actions begin."""


class Row(NamedTuple):
    """An entry, as the page words it."""

    entry: AuditEntry
    label: str
    subject: str
    details: Sequence[str]
    url: str | None
    """The page of its subject, if it has one."""


class FilterForm(Form):
    """From when to when."""

    since = Field("From", optional(parse_date))
    until = Field("To", optional(parse_date))


@login_required(Permission.MANAGE_COMPANY)
async def audit_page(request: DashboardRequest) -> Response:
    """Show a page of the log, newest first: all of it, or what the query narrows it to."""
    query = {name: request.query.get(name, "") for name in ("what", "who", "since", "until")}
    form = FilterForm(FormData(query))
    error: PortalError | None = None
    since = until = None
    try:
        form.check()
        since, until = form.since.value, form.until.value
    except PortalError as refusal:
        error = refusal
    entries = queries.audit_entries(
        request.staff,
        actions=_actions_of(query["what"]),
        actor=query["who"] or None,
        since=since,
        until=until,
    )
    after = request.query.get("after")
    page = await newest_first(entries, _PAGE_SIZE, after or None, BY_TIME)
    may_view = Permission.VIEW_INVOICES in request.staff.permissions
    values = {
        "entries": [
            Row(
                entry=entry,
                label=_ACTION_LABELS[entry.action][0],
                subject=_subject_of(entry, request.staff.language),
                details=in_words(entry.detail or "").splitlines(),
                url=_url_of(entry) if may_view else None,
            )
            for entry in page.rows
        ],
        "pages": PageLinks.of(page, _PATH, query),
        "form": form,
        "topics": [(name, label) for name, (label, _) in _TOPICS.items()],
        "topic": query["what"],
        "people": await _people(request, query["who"]),
        "who": query["who"],
        "is_narrowed": any(query.values()),
    }
    return await request.render("settings/audit_log.html", values, error=error)


def _actions_of(topic: str) -> list[AuditAction] | None:
    """Return the actions of a topic, or None for all of them."""
    if topic not in _TOPICS:
        return None
    _, beginnings = _TOPICS[topic]
    return [action for action in AuditAction if action.startswith(tuple(beginnings))]


async def _people(request: DashboardRequest, chosen: str) -> list[str]:
    """Return the names of people and API keys to choose from, and the one that is chosen."""
    users = await queries.users(request.staff).limit(_MAX_NAMES)
    keys = await queries.api_keys(request.staff).limit(_MAX_NAMES)
    names = {user.name for user in users} | {key.name for key in keys} | {chosen} - {""}
    return sorted(names, key=searchable)


def _subject_of(entry: AuditEntry, reader: str) -> str:
    """Return the name of what the entry is about; that of an e-mail's text is in words."""
    if entry.action is not AuditAction.EMAIL_TEXT_CHANGED:
        return entry.subject
    kind, _, language = entry.subject.partition(" ")
    if kind not in EmailTextKind.__members__:
        return entry.subject
    return f"{EMAIL_KINDS[EmailTextKind(kind)]} ({language_name(language, reader)})"


def _url_of(entry: AuditEntry) -> str | None:
    """Return the address of the page of the entry's subject, if it has one."""
    section = _ACTION_LABELS[entry.action][1]
    return f"/dashboard/{section}/{entry.subject_id}" if section else None
