"""The company's settings: its details and its logo."""

import re
from typing import Any, Final, cast

from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

import models
from auth.permissions import Permission
from core.urls import PATHS
from errors import BadInput, BodyTooLarge, PortalError
from i18n.addresses import party_address
from services.billing import queries
from services.company.company_settings import CompanyChanges, update_company
from services.company.logos import MAX_UPLOAD, UPLOAD_TOO_LARGE, remove_logo
from web.dashboard.fields import (
    Field,
    Form,
    currency_choices,
    language_choices,
    optional,
    parse_text,
)
from web.dashboard.forms import Confirmation, confirmation_page
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


class CompanyForm(Form):
    """The details of the company."""

    name = Field("Name", parse_text, required=True, max_length=200)
    address = Field("Address", optional(parse_text), max_length=1000)
    email = Field(
        "E-mail address",
        optional(parse_text),
        max_length=254,
        hint="Clients' replies come here.",
    )
    phone = Field("Phone", optional(parse_text), max_length=50)
    website = Field("Website", optional(parse_text), max_length=500)
    tax_id = Field("Tax number", optional(parse_text), max_length=50)
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
    currency = Field(
        "Currency", parse_text, hint="For new documents, unless you choose another one."
    )
    reminder_days = Field(
        "Reminders",
        _parse_days,
        max_length=100,
        hint="Days after the due date, with a minus for days before it, like -3, 1, 7, 14."
        " Leave empty to send none.",
    )

    def changes(self) -> CompanyChanges:
        """Return what was entered in the fields that were submitted. Raises BadInput."""
        changes = CompanyChanges(
            name=self.name.value,
            address=self.address.value,
            email=self.email.value,
            phone=self.phone.value,
            website=self.website.value,
            tax_id=self.tax_id.value,
            accent_color=self.accent_color.value,
            language=self.language.value,
            currency=self.currency.value,
            reminder_days=self.reminder_days.value,
        )
        submitted = {name: value for name, value in changes.items() if name in self.submitted}
        return cast("CompanyChanges", submitted)


class LogoForm(Form):
    """The file of a new logo."""

    logo = Field(
        "Choose a logo",
        parse_text,
        required=True,
        hint="PNG, JPEG, WebP or GIF, up to 2 MB.",
    )


def _stored_values(company: models.Company) -> dict[str, str]:
    return {
        "name": company.name,
        "address": party_address(company.seller, company.language) or "",
        "email": company.email or "",
        "phone": company.phone or "",
        "website": company.website or "",
        "tax_id": company.tax_id or "",
        "accent_color": company.accent_color or "",
        "language": company.language,
        "currency": company.currency,
        "reminder_days": ", ".join(map(str, company.reminder_stages)),
    }


@login_required(Permission.MANAGE_COMPANY)
async def company_page(request: DashboardRequest) -> Response:
    """Show the details and the logo; the query parameter `saved` names what was just saved."""
    return await _render(request, saved=request.query.get("saved"))


@login_required(Permission.MANAGE_COMPANY)
async def change_company(request: DashboardRequest) -> Response:
    """Update the company's details. A field that was not submitted keeps its value."""
    try:
        await update_company(request.staff, CompanyForm(request.form).changes())
    except PortalError as error:
        stored = _stored_values(await queries.company_of(request.staff))
        form = CompanyForm(FormData({**stored, **request.form}))
        return await _render(request, form=form, error=error, failed_form="details")
    return RedirectResponse(_saved("details"), 303)


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
    """Render the page; `error` is shown with the form that failed, "details" or "logo"."""
    company = await queries.company_of(request.staff)
    values: dict[str, Any] = {
        "form": form or CompanyForm(FormData(), **_stored_values(company)),
        "logo_form": LogoForm(FormData()),
        "failed_form": failed_form,
        "saved": saved,
        "logo_url": PATHS.logo(company.logo_digest),
        "max_upload": MAX_UPLOAD,
        "accent": company.accent,
        "currencies": currency_choices(),
        "languages": language_choices(),
    }
    return await request.render("company.html", values, error=error)
