"""How documents are numbered: the formats, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from starlette.responses import RedirectResponse, Response

from auth.permissions import Permission
from errors import PortalError
from i18n.parsing import parse_number
from services.company.company_settings import CompanyChanges, update_company
from services.company.numbering import FIELDS, change_series, list_series
from services.ledger.document_numbers import DOCUMENTS, Series
from services.ledger.number_formats import render_number
from web.dashboard.forms.fields import BoundField, Field, Form, optional, parse_checkbox, parse_text
from web.dashboard.requests import DashboardRequest, login_required

_PATH: Final = "/dashboard/settings/numbering"
_FORMAT_HINT: Final = (
    "{seq} is the running number, {seq:5} the same with at least five digits. {year} and {month}"
    " are those of the issue date."
)
_NEXT_HINT: Final = "To continue the numbers of another program. Leave empty to keep counting."
_EXAMPLES: Final = ("INV-{seq:5}", "RE-{year}-{seq:4}", "{year}/{month}/{seq}")
_EXAMPLE_SEQUENCE: Final = 148


def _parse_count(text: str, language: str) -> int:
    number = parse_number(text.strip(), language)
    if number is None or number != int(number):
        raise ValueError("Enter a whole number, like 148.")
    return int(number)


def _format() -> Field[str]:
    return Field("Format", parse_text, required=True, max_length=64, hint=_FORMAT_HINT)


def _next() -> Field[int | None]:
    return Field("Next number", optional(_parse_count), max_length=20, hint=_NEXT_HINT)


def _restarts() -> Field[bool]:
    return Field("Start again at 1 every year", parse_checkbox)


class NumberingForm(Form):
    """The format of each series, and whether to set what comes next."""

    invoice_number_format = _format()
    next_invoice_number = _next()
    invoice_numbers_restart_yearly = _restarts()
    quote_number_format = _format()
    next_quote_number = _next()
    quote_numbers_restart_yearly = _restarts()
    credit_note_number_format = _format()
    next_credit_note_number = _next()
    credit_note_numbers_restart_yearly = _restarts()

    def changes(self) -> CompanyChanges:
        """Return what was entered. Raises BadInput."""
        values = {
            name: getattr(self, name).value
            for fields in FIELDS.values()
            for name in (fields.format, fields.next, fields.restarts_yearly)
        }
        given = {name: value for name, value in values.items() if value is not None}
        return cast("CompanyChanges", given)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesInputs:
    """One series on the page, with its fields."""

    heading: str
    format: BoundField[str]
    next: BoundField[int | None]
    restarts_yearly: BoundField[bool]
    upcoming: tuple[int, str]
    """The running number and the number that come next."""


@login_required(Permission.MANAGE_COMPANY)
async def numbering_page(request: DashboardRequest) -> Response:
    """Show the form. Submitting it saves it, or with `preview` shows what would come next."""
    stored = await list_series(request.staff)
    form = NumberingForm(request.form, request.staff.language, **_values(stored))
    shown, error = stored, None
    if request.is_post:
        try:
            form.check()
            changes = form.changes()
            shown = [change_series(series, changes) for series in stored]
            if not request.form.get("preview"):
                await update_company(request.staff, changes)
                return RedirectResponse(f"{_PATH}?saved=yes", 303)
        except PortalError as refusal:
            shown, error = stored, refusal
    values = {
        "form": form,
        "series": await _inputs(form, shown),
        "is_preview": shown is not stored,
        "saved": request.query.get("saved"),
        "examples": [
            (example, render_number(example, _EXAMPLE_SEQUENCE, request.staff.today))
            for example in _EXAMPLES
        ],
    }
    return await request.render("settings/numbering.html", values, error=error)


def _values(stored: Sequence[Series]) -> dict[str, str]:
    """Return the initial values of the form: what comes next is only set if it is entered."""
    formats = {FIELDS[series.kind].format: series.format for series in stored}
    restarts = {
        FIELDS[series.kind].restarts_yearly: "yes" for series in stored if series.restarts_yearly
    }
    return formats | restarts


async def _inputs(form: NumberingForm, shown: Sequence[Series]) -> list[SeriesInputs]:
    return [
        SeriesInputs(
            heading=f"{DOCUMENTS[series.kind].noun.capitalize()}s",
            format=getattr(form, FIELDS[series.kind].format),
            next=getattr(form, FIELDS[series.kind].next),
            restarts_yearly=getattr(form, FIELDS[series.kind].restarts_yearly),
            upcoming=await series.upcoming(),
        )
        for series in shown
    ]
