"""The company's page of the settings: its details, its language and region, and its look."""

from datetime import UTC, datetime
from typing import Any, Final, cast

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

import models
from auth.permissions import Permission
from core.urls import PATHS
from errors import PortalError
from i18n.formatting import format_date, format_money
from models.companies import DEFAULT_ACCENT
from services.company.company_settings import CompanyChanges, clean_color, update_company
from services.company.logos import MAX_UPLOAD
from values.money import Minor, Money
from web.dashboard.forms.choices import (
    country_choices,
    currency_choices,
    language_choices,
    time_zone_choices,
)
from web.dashboard.forms.fields import Field, Form, optional, parse_text
from web.dashboard.forms.parties import (
    MAX_PARTY_FORM_SIZE,
    PartyForm,
    parse_days,
    party_values,
)
from web.dashboard.requests import DashboardRequest, login_required
from web.http.assets import scope_stylesheet_url

PATH: Final = "/dashboard/settings"
_SAMPLE_AMOUNT: Final = Minor(184_212)
_SECTIONS: Final = ("details", "region", "look", "privacy")
"""The forms of the page, by what the hidden field `section` says."""


class CompanyForm(PartyForm):
    """The fields of all four forms, of which one is submitted at a time."""

    email = Field(
        "E-mail", optional(parse_text), max_length=254, hint="Clients' replies come here."
    )
    archive_email = Field(
        "Archive",
        optional(parse_text),
        max_length=254,
        hint="Gets a blind copy of each document that you send.",
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
        hint="We darken or lighten it where text would be hard to read.",
    )
    language = Field("Your clients' language", parse_text, required=True)
    time_zone = Field(
        "Time zone", parse_text, required=True, hint="Your days begin and end at midnight there."
    )
    currency = Field(
        "Currency",
        parse_text,
        required=True,
        hint="For new documents. You can choose another one for each.",
    )

    view_retention_days = Field(
        "Days until opens lose address and browser", optional(parse_days), max_length=4
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
    "view_retention_days",
)


class LogoForm(Form):
    """The file of a new logo."""

    logo = Field("Logo", parse_text, required=True, hint="PNG, JPEG, WebP or GIF, up to 2 MB.")


@login_required(Permission.MANAGE_COMPANY)
async def company_page(request: DashboardRequest) -> Response:
    """Show the forms; the query parameter `saved` names what was just saved."""
    return await render_company_page(request, form=_entered(request))


@login_required(Permission.MANAGE_COMPANY, max_form_size=MAX_PARTY_FORM_SIZE)
async def change_company(request: DashboardRequest) -> Response:
    """Save one of the forms, or show a preview of it. What was not submitted keeps its value."""
    section = str(request.form.get("section", _SECTIONS[0]))
    language = request.staff.language
    submitted = CompanyForm(request.form, language)
    form = _entered(request)
    try:
        if request.form.get("preview"):
            clean_color(submitted.accent_color.value)
            return await render_company_page(request, form=form)
        await update_company(request.staff, submitted.changes())
    except PortalError as error:
        return await render_company_page(request, form=form, error=error, failed_form=section)
    return RedirectResponse(f"{PATH}?saved={section}#{section}", 303)


def _entered(request: DashboardRequest) -> CompanyForm:
    """Return the form with what was entered, and what is stored in the other fields."""
    language = request.staff.language
    stored = _stored_values(request.company, language)
    return CompanyForm(FormData({**stored, **request.form}), language)


def _stored_values(company: models.Company, language: str) -> dict[str, str]:
    return {
        **party_values(company, language),
        **{name: str(getattr(company, name) or "") for name in _OWN_FIELDS},
    }


async def render_company_page(
    request: DashboardRequest,
    *,
    form: CompanyForm | None = None,
    error: PortalError | None = None,
    failed_form: str = "",
) -> Response:
    """Render the page; `error` is shown with the form that failed."""
    company, reader = request.company, request.staff.language
    form = form or CompanyForm(FormData(), reader, **_stored_values(company, reader))
    try:
        accent = clean_color(form.accent_color.text)
    except PortalError:
        accent = company.accent_color
    spoken = form.language.text
    amount = Money(_SAMPLE_AMOUNT, company.currency)
    values: dict[str, Any] = {
        "form": form,
        "logo_form": LogoForm(FormData()),
        "failed_form": failed_form,
        "saved": request.query.get("saved"),
        "logo_url": PATHS.logo(company.logo_digest),
        "max_upload": MAX_UPLOAD,
        "accent": accent or DEFAULT_ACCENT,
        "scope_stylesheet": scope_stylesheet_url,
        "sample_amount": format_money(amount, spoken),
        "usual_retention": request.services.settings.view_retention_days,
        "sample_date": format_date(request.staff.today, spoken),
        "currencies": currency_choices(reader),
        "languages": language_choices(reader, company.country, company.language),
        "countries": country_choices(reader),
        "time_zones": time_zone_choices(reader, company.time_zone, datetime.now(UTC)),
    }
    return await request.render("settings/company.html", values, error=error)
