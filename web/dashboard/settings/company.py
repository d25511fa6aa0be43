"""The company's settings: its details and its logo."""

import re
from typing import Any, Final, cast

from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

import models
from auth.permissions import Permission
from core.urls import PATHS
from errors import BadInput, BodyTooLarge, PortalError
from i18n.formatting import format_amount
from models.money import Minor, Money
from models.taxes import TaxRounding
from services.company.company_settings import CompanyChanges, update_company
from services.company.logos import MAX_UPLOAD, UPLOAD_TOO_LARGE, remove_logo
from web.dashboard.documents.lines import CATEGORIES
from web.dashboard.forms.fields import (
    Field,
    Form,
    country_choices,
    currency_choices,
    language_choices,
    optional,
    parse_amount,
    parse_checkbox,
    parse_text,
    time_zone_choices,
)
from web.dashboard.forms.pages import Confirmation, confirmation_page
from web.dashboard.forms.parties import MAX_PARTY_FORM_SIZE, PartyForm, party_values
from web.dashboard.requests import DashboardRequest, login_required

_PATH: Final = "/dashboard/settings"
_MAX_FILE_SIZE: Final = 4 * MAX_UPLOAD
"""Bytes that are read of a file. Browsers show no response before they have sent the whole file, so
a file that is a little too large is read to its end and refused afterwards."""
_DAY: Final = re.compile(r"[-\N{MINUS SIGN}]?[0-9]{1,4}", re.ASCII)


def _parse_days(text: str, _: str) -> list[int]:
    """Return the days in a text such as "-3, 1 7"."""
    words = re.split(r"[\s,;]+", text.strip()) if text.strip() else []
    if not all(_DAY.fullmatch(word) for word in words):
        raise ValueError("Enter days as whole numbers with commas, like -3, 1, 7.")
    return [int(word.replace("\N{MINUS SIGN}", "-")) for word in words]


def _parse_rounding(text: str, _: str) -> TaxRounding:
    if text not in TaxRounding.__members__:
        raise ValueError("Choose how to round from the list.")
    return TaxRounding(text)


_RECEIPTS: Final = [("yes", "Send one for each payment and refund"), ("", "Send none")]
_ROUNDINGS: Final = (
    (TaxRounding.HALF_UP, "To the nearest unit"),
    (TaxRounding.DOWN, "Down, as is usual in Japan"),
)
_ON_ACCEPTANCE: Final = [("", "Do nothing"), ("yes", "Create the draft of the invoice")]


class CompanyForm(PartyForm):
    """The details of the company, and what its documents say unless they say otherwise."""

    email = Field(
        "E-mail address",
        optional(parse_text),
        max_length=254,
        hint="Clients' replies come here.",
    )
    archive_email = Field(
        "Archive",
        optional(parse_text),
        max_length=254,
        hint="Gets a blind copy of each document that you send by e-mail.",
    )
    phone = Field("Phone", optional(parse_text), max_length=50)
    website = Field("Website", optional(parse_text), max_length=500)
    contact_name = Field(
        "Contact person",
        optional(parse_text),
        max_length=200,
        hint="Who answers questions about invoices.",
    )
    accent_color = Field(
        "Colour",
        optional(parse_text),
        max_length=7,
        hint="Like #1d4ed8. Leave empty for the standard colour.",
    )
    language = Field(
        "Your clients' language",
        parse_text,
        required=True,
        max_length=16,
        hint="Dates and amounts follow it. Add a country for its formats, like de-AT.",
    )
    time_zone = Field(
        "Time zone",
        parse_text,
        required=True,
        max_length=64,
        hint="Your days begin and end in it, like Europe/Berlin.",
    )
    currency = Field(
        "Currency", parse_text, hint="For new documents, unless you choose another one."
    )
    tax_rounding = Field("Rounding of taxes", _parse_rounding)
    invoices_accepted_quotes = Field("When a quote is accepted", parse_checkbox)
    payment_terms = Field("Payment terms", optional(parse_text), max_length=1000)
    footer = Field(
        "Footer",
        optional(parse_text),
        max_length=2000,
        hint="Below every document, like your register and your managers.",
    )
    reminder_days = Field(
        "Days",
        _parse_days,
        max_length=100,
        hint="Days after the due date, with a minus for days before it, like -3, 1, 7, 14."
        " Leave empty to send none.",
    )
    sends_receipts = Field(
        "Receipts",
        parse_checkbox,
        hint="Choose none if Stripe sends them. Clients always hear about failed payments.",
    )
    minimum_reminder = Field(
        "Smallest reminder",
        optional(parse_amount),
        max_length=40,
        hint="No reminder is sent for less, in your currency.",
    )

    def changes(self) -> CompanyChanges:
        """Return what was entered in the fields that were submitted. Raises BadInput."""
        own = {name: getattr(self, name).value for name in _OWN_FIELDS if name in self.submitted}
        return cast("CompanyChanges", self.party_changes() | own)


_OWN_FIELDS: Final = (
    "email",
    "archive_email",
    "phone",
    "website",
    "contact_name",
    "accent_color",
    "language",
    "time_zone",
    "currency",
    "tax_rounding",
    "invoices_accepted_quotes",
    "payment_terms",
    "footer",
    "reminder_days",
    "minimum_reminder",
    "sends_receipts",
)


class LogoForm(Form):
    """The file of a new logo."""

    logo = Field(
        "Choose a logo",
        parse_text,
        required=True,
        hint="PNG, JPEG, WebP or GIF, up to 2 MB.",
    )


def _stored_values(company: models.Company, language: str) -> dict[str, str]:
    minimum = Money(Minor(company.minimum_reminder), company.currency)
    return {
        **party_values(company, language),
        **{name: getattr(company, name) or "" for name in _OWN_FIELDS},
        "invoices_accepted_quotes": "yes" if company.invoices_accepted_quotes else "",
        "sends_receipts": "yes" if company.sends_receipts else "",
        "reminder_days": ", ".join(map(str, company.reminder_stages)),
        "minimum_reminder": format_amount(minimum, language) if minimum.minor else "",
    }


@login_required(Permission.MANAGE_COMPANY)
async def company_page(request: DashboardRequest) -> Response:
    """Show the details and the logo; the query parameter `saved` names what was just saved."""
    return await _render(request, saved=request.query.get("saved"))


@login_required(Permission.MANAGE_COMPANY, max_form_size=MAX_PARTY_FORM_SIZE)
async def change_company(request: DashboardRequest) -> Response:
    """Update the company's details. A field that was not submitted keeps its value."""
    section = "documents" if "footer" in request.form else "details"
    language = request.staff.language
    submitted = CompanyForm(request.form, language)
    try:
        submitted.check()
        await update_company(request.staff, submitted.changes())
    except PortalError as error:
        stored = _stored_values(request.company, language)
        form = CompanyForm(FormData({**stored, **request.form}), language)
        return await _render(request, form=form, error=error, failed_form=section)
    return RedirectResponse(_saved(section), 303)


@login_required(Permission.MANAGE_COMPANY, max_file_size=_MAX_FILE_SIZE)
async def upload_logo(request: DashboardRequest) -> Response:
    """Replace the logo with the uploaded file."""
    try:
        await request.services.logos.replace(request.staff, await _uploaded_file(request.form))
    except PortalError as error:
        return await _render(request, error=error, failed_form="logo")
    return RedirectResponse(_saved("logo"), 303)


async def _uploaded_file(submitted: FormData) -> bytes:
    """Return the uploaded file. Raises BadInput if there is none, and BodyTooLarge."""
    file = submitted.get("logo")
    if not isinstance(file, UploadFile) or not file.size:
        raise BadInput("Choose an image first.", field="logo")
    if file.size > MAX_UPLOAD:
        raise BodyTooLarge(UPLOAD_TOO_LARGE, field="logo")
    return await file.read()


@login_required(Permission.MANAGE_COMPANY)
async def remove_logo_page(request: DashboardRequest) -> Response:
    """Ask for confirmation, and remove the logo."""

    async def remove() -> str:
        await remove_logo(request.staff)
        return _saved("no-logo")

    confirmation = Confirmation(
        title="Remove your logo?",
        text="Documents and e-mails will show your company's name instead.",
        button="Remove logo",
        back_url=_PATH,
        is_destructive=True,
    )
    return await confirmation_page(request, confirmation, remove)


def _saved(what: str) -> str:
    return f"{_PATH}?saved={what}"


async def _render(
    request: DashboardRequest,
    *,
    form: CompanyForm | None = None,
    saved: str | None = None,
    error: PortalError | None = None,
    failed_form: str = "",
) -> Response:
    """Render the page; `error` is shown with the form that failed, named as in `_saved`."""
    company = request.company
    language = request.staff.language
    quota = request.services.email_limits.quota_of(company)
    values: dict[str, Any] = {
        "form": form or CompanyForm(FormData(), language, **_stored_values(company, language)),
        "logo_form": LogoForm(FormData()),
        "failed_form": failed_form,
        "saved": saved,
        "logo_url": PATHS.logo(company.logo_digest),
        "max_upload": MAX_UPLOAD,
        "accent": company.accent,
        "emails_sent": await quota.used(),
        "emails_limit": quota.limit,
        "currencies": currency_choices(),
        "languages": language_choices(),
        "countries": country_choices(),
        "time_zones": time_zone_choices(),
        "roundings": _ROUNDINGS,
        "on_acceptance": _ON_ACCEPTANCE,
        "receipts": _RECEIPTS,
        "categories": CATEGORIES,
    }
    return await request.render("settings/company.html", values, error=error)
