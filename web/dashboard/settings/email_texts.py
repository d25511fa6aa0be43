"""The company's own words for its e-mails, with a preview and a test."""

from copy import copy
from typing import Final

from markupsafe import escape
from starlette.responses import HTMLResponse, RedirectResponse, Response

from auth.permissions import Permission
from errors import NotFound, PortalError
from i18n.locales import text_language
from i18n.translations import available_languages
from integrations.mail.mime import render_html
from models import EmailText, EmailTextKind
from services.company.company_settings import clean_color
from services.email.own_texts import (
    MAX_MESSAGE,
    MAX_SUBJECT,
    PLACEHOLDERS,
    OwnText,
    own_text,
    set_email_text,
)
from services.email.samples import sample_email
from services.email.trial_emails import send_test_email
from web.dashboard.forms.choices import language_name
from web.dashboard.forms.fields import Field, Form, optional, parse_text
from web.dashboard.lists.pagination import build_url
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.sharing.emails import PREVIEW_POLICY

_PATH: Final = "/dashboard/settings/emails"
EMAIL_KINDS: Final = {
    EmailTextKind.INVOICE: "Invoice",
    EmailTextKind.QUOTE: "Quote",
    EmailTextKind.CREDIT_NOTE: "Credit note",
    EmailTextKind.REMINDER: "Reminder before the due date",
    EmailTextKind.OVERDUE_REMINDER: "Reminder after the due date",
    EmailTextKind.RECEIPT: "Receipt for a payment",
    EmailTextKind.REFUND: "Refund",
    EmailTextKind.PAYMENT_FAILED: "Failed payment",
}
_MEANINGS: Final = {
    "number": "its number",
    "amount": "the amount",
    "due_date": "when it is due",
    "valid_until": "the last day it is valid",
    "customer": "the customer's name",
}
"""What placeholders stand for."""


class EmailTextForm(Form):
    """A subject and a message."""

    subject = Field(
        "Subject",
        optional(parse_text),
        max_length=MAX_SUBJECT,
        hint="Leave empty for the standard one.",
    )
    message = Field(
        "Message",
        optional(parse_text),
        max_length=MAX_MESSAGE,
        hint="Plain text. Leave empty for the standard one. What you write when you send a document"
        " takes its place.",
    )

    def text(self) -> OwnText:
        """Return what was entered."""
        return OwnText(subject=self.subject.value, message=self.message.value)


@login_required(Permission.MANAGE_COMPANY)
async def email_texts_page(request: DashboardRequest) -> Response:
    """Show the texts of a kind and language, and save them, or send a test of what is saved."""
    kind, language = _chosen(request)
    stored = await own_text(request.company, kind, language)
    form = EmailTextForm(request.form, subject=stored.subject or "", message=stored.message or "")
    error: PortalError | None = None
    reader = request.staff.language
    if request.is_post:
        try:
            return RedirectResponse(await _act(request, form, kind, language), 303)
        except PortalError as refusal:
            error = refusal
    values = {
        "form": form,
        "kinds": [(each.value, label) for each, label in EMAIL_KINDS.items()],
        "kind": kind.value,
        "languages": [(each, language_name(each, reader)) for each in _languages()],
        "language_code": language,
        "placeholders": [(f"{{{name}}}", _MEANINGS[name]) for name in PLACEHOLDERS[kind]],
        "written": await _written(request),
        "query": build_url("", {"kind": kind.value, "language": language}),
        "saved": request.query.get("saved"),
    }
    return await request.render("settings/email_texts.html", values, error=error)


async def _written(request: DashboardRequest) -> list[tuple[str, str]]:
    """Return the e-mails with own words, each with the address of its page."""
    rows = await EmailText.filter(company_id=request.company.id).order_by("kind", "language")
    return [
        (
            f"{EMAIL_KINDS[row.kind]} ({language_name(row.language, request.staff.language)})",
            build_url(_PATH, {"kind": row.kind.value, "language": row.language}),
        )
        for row in rows
    ]


async def _act(
    request: DashboardRequest, form: EmailTextForm, kind: EmailTextKind, language: str
) -> str:
    """Save, or send a test, and return where to go then."""
    form.check()
    await set_email_text(request.staff, kind, language, form.text())
    shown = {"kind": kind.value, "language": language}
    if not request.form.get("test"):
        return build_url(_PATH, {**shown, "saved": "yes"})
    services = request.services
    address = await send_test_email(
        request.staff,
        kind,
        language,
        worker=services.delivery_worker,
        rate_limiter=services.rate_limiter,
        urls=services.urls,
    )
    notice = f"Saved. We sent a test to {address}."
    return request.url_with_notice(build_url(_PATH, shown), notice)


@login_required(Permission.MANAGE_COMPANY)
async def email_preview(request: DashboardRequest) -> Response:
    """Show a sample with the stored text, or with what is in the form.

    The query may have a `color`, to show what the e-mail would look like in that.
    """
    kind, language = _chosen(request)
    company = copy(request.company)
    text = await own_text(company, kind, language)
    if request.is_post:
        text = EmailTextForm(request.form).text()
    urls = request.services.urls
    headers = {"content-security-policy": PREVIEW_POLICY.format(urls.public_url)}
    try:
        if color := request.query.get("color"):
            company.accent_color = clean_color(color)
        content = await sample_email(company, kind, language, text, "", urls)
    except PortalError as refusal:
        return HTMLResponse(f"<p>{escape(str(refusal))}</p>", refusal.status, headers)
    return HTMLResponse(render_html(content), headers=headers)


def _chosen(request: DashboardRequest) -> tuple[EmailTextKind, str]:
    """Return the kind and the language in the address. Raises NotFound for unknown ones."""
    company_language = text_language(request.company.language)
    kind = request.query.get("kind") or EmailTextKind.INVOICE.value
    language = request.query.get("language") or company_language
    if kind not in EmailTextKind.__members__ or language not in _languages():
        raise NotFound
    return EmailTextKind(kind), language


def _languages() -> list[str]:
    return list(available_languages())
