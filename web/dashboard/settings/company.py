"""The company's settings: its details and its logo."""

import re
from typing import Final, cast

from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

import models
from auth.permissions import Permission
from errors import BadInput, BodyTooLarge, PortalError
from i18n.locales import locale_of
from i18n.translations import available_languages
from models.currencies import EXPONENTS
from services.billing import queries
from services.company.company_settings import CompanyChanges, update_company
from services.company.logos import MAX_UPLOAD, UPLOAD_TOO_LARGE, remove_logo
from web.dashboard.forms import Confirmation, confirmation_page
from web.dashboard.requests import DashboardRequest, login_required

_PATH: Final = "/dashboard/settings"
_MAX_FILE: Final = 4 * MAX_UPLOAD
"""Bytes of a file that is read. A browser shows no answer that comes before it has sent all, so
what is not much too large is read to its end, and refused then."""
_TEXTS: Final = (
    "name",
    "address",
    "email",
    "phone",
    "website",
    "tax_id",
    "accent_color",
    "currency",
    "language",
)
"""The fields that are columns as they are."""
_DAYS: Final = "reminder_days"
_DAY: Final = re.compile(r"[-\N{MINUS SIGN}]?[0-9]{1,4}", re.ASCII)


@login_required(Permission.MANAGE_COMPANY)
async def company_page(request: DashboardRequest) -> Response:
    """Show the company's details and its logo; `saved` names what was saved right before."""
    return await _render(request, saved=request.query.get("saved"))


@login_required(Permission.MANAGE_COMPANY)
async def change_company(request: DashboardRequest) -> Response:
    """Change the company's details to what was typed."""
    try:
        await update_company(request.staff, _changes(request.form))
    except PortalError as error:
        return await _render(request, error, "details")
    return RedirectResponse(_saved("details"), 303)


@login_required(Permission.MANAGE_COMPANY, max_file_size=_MAX_FILE)
async def upload_logo(request: DashboardRequest) -> Response:
    """Take the file as the logo."""
    try:
        await request.services.logos.replace(request.staff, await _upload_in(request.form))
    except PortalError as error:
        return await _render(request, error, "logo")
    return RedirectResponse(_saved("logo"), 303)


@login_required(Permission.MANAGE_COMPANY)
async def take_logo_away(request: DashboardRequest) -> Response:
    """Ask, and remove the logo."""

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
    error: PortalError | None = None,
    refused: str = "",
    saved: str | None = None,
) -> Response:
    """Show the page; with `error`, why the form `refused` was, and what was typed into it."""
    company = await queries.company_of(request.staff)
    typed = request.form if refused == "details" else {}
    values = {
        "typed": {**_typed(company), **{name: str(value) for name, value in typed.items()}},
        "refused": refused,
        "saved": saved,
        "logo_url": f"/logo/{company.logo_digest}.png" if company.logo_digest else None,
        "max_upload": MAX_UPLOAD,
        "accent": company.accent,
        "currencies": sorted(EXPONENTS),
        "languages": [(code, locale_of(code).english_name) for code in available_languages()],
    }
    return await request.render("company.html", values, error=error)


def _typed(company: models.Company) -> dict[str, str]:
    """Return the form's fields as the company stands."""
    fields = {name: str(getattr(company, name) or "") for name in _TEXTS}
    return fields | {_DAYS: ", ".join(map(str, company.reminder_stages))}


def _changes(form: FormData) -> CompanyChanges:
    """Return what was typed, as the service takes it; a field that was not sent stays as it is."""
    given: dict[str, object] = {name: str(form[name]) for name in _TEXTS if name in form}
    if _DAYS in form:
        given[_DAYS] = _days(str(form[_DAYS]))
    return cast("CompanyChanges", given)


def _days(typed: str) -> list[int]:
    """Return the days in e.g. "-3, 1 7"; BadInput for anything else."""
    words = re.split(r"[\s,;]+", typed.strip()) if typed.strip() else []
    if not all(_DAY.fullmatch(word) for word in words):
        message = "Enter days as whole numbers with commas, like -3, 1, 7."
        raise BadInput(message, field="reminderDays")
    return [int(word.replace("\N{MINUS SIGN}", "-")) for word in words]


async def _upload_in(form: FormData) -> bytes:
    """Return the file that was chosen; BadInput for none, and BodyTooLarge."""
    file = form.get("logo")
    if not isinstance(file, UploadFile) or not file.size:
        message = "Choose an image first."
        raise BadInput(message, field="logo")
    if file.size > MAX_UPLOAD:
        raise BodyTooLarge(UPLOAD_TOO_LARGE, field="logo")
    return await file.read()
