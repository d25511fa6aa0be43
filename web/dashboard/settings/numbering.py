"""How documents are numbered, and what new ones start with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from auth.permissions import Permission
from errors import PortalError
from i18n.parsing import parse_number
from services.company.company_settings import CompanyChanges, update_company
from services.company.numbering import FIELDS, change_series, list_series
from services.ledger.document_numbers import DOCUMENTS, Series
from services.ledger.number_formats import render_number
from web.dashboard.documents.lines import CATEGORIES
from web.dashboard.forms.fields import BoundField, Field, Form, optional, parse_checkbox, parse_text
from web.dashboard.forms.parties import MAX_PARTY_FORM_SIZE
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.settings.defaults import ROUNDINGS, DefaultsForm, paper_choices

_PATH: Final = "/dashboard/settings/numbering"
_NEXT_HINT: Final = "Only to continue another program's numbers."
_EXAMPLES: Final = ("INV-{seq:5}", "RE-{year}-{seq:4}", "{year}/{month}/{seq}")
_EXAMPLE_SEQUENCE: Final = 148


def _parse_count(text: str, language: str) -> int:
    number = parse_number(text.strip(), language)
    if number is None or number != int(number):
        raise ValueError("Enter a whole number, like 148.")
    return int(number)


def _format() -> Field[str]:
    return Field("Format", parse_text, required=True, max_length=64)


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
    sequence: int
    """The running number that comes next."""
    preview: str
    """The number that comes next."""
    next_year_preview: str
    """The number that comes first next year, if none is given until then."""
    is_restarting: bool
    """Whether counting starts again then."""


@login_required(Permission.MANAGE_COMPANY)
async def numbering_page(request: DashboardRequest) -> Response:
    """Show the forms. Submitting the first saves it, or with `preview` shows what would come next.

    The second has what new documents start with.
    """
    language, stored = request.staff.language, await list_series(request.staff)
    if not request.is_post and "footer" in request.form:
        form = NumberingForm(FormData(), language, **_values(stored))
        return await _render(request, form, stored, defaults=DefaultsForm(request.form, language))
    form = NumberingForm(request.form, language, **_values(stored))
    if not request.is_post:
        return await _render(request, form, stored)
    try:
        form.check()
        changes = form.changes()
        shown = [change_series(series, changes) for series in stored]
        if request.form.get("preview"):
            return await _render(request, form, shown, is_preview=True)
        await update_company(request.staff, changes)
    except PortalError as refusal:
        return await _render(request, form, stored, error=refusal)
    return RedirectResponse(f"{_PATH}?saved=numbering#numbering", 303)


@login_required(Permission.MANAGE_COMPANY, max_form_size=MAX_PARTY_FORM_SIZE)
async def change_defaults(request: DashboardRequest) -> Response:
    """Save what new documents start with."""
    defaults = DefaultsForm(request.form, request.staff.language)
    try:
        defaults.check()
        await update_company(request.staff, defaults.changes())
    except PortalError as refusal:
        stored = await list_series(request.staff)
        form = NumberingForm(FormData(), request.staff.language, **_values(stored))
        return await _render(request, form, stored, defaults=defaults, error=refusal)
    return RedirectResponse(f"{_PATH}?saved=defaults#defaults", 303)


async def _render(
    request: DashboardRequest,
    form: NumberingForm,
    shown: Sequence[Series],
    *,
    defaults: DefaultsForm | None = None,
    is_preview: bool = False,
    error: PortalError | None = None,
) -> Response:
    """Render the page; `error` is about the `defaults` if these are given."""
    today, language = request.staff.today, request.staff.language
    values = {
        "form": form,
        "defaults": defaults or DefaultsForm.of(request.company, language),
        "failed_form": "numbering" if defaults is None else "defaults",
        "series": [await _inputs(form, series) for series in shown],
        "is_preview": is_preview,
        "next_year": today.year + 1,
        "saved": request.query.get("saved"),
        "examples": [
            (example, render_number(example, _EXAMPLE_SEQUENCE, today)) for example in _EXAMPLES
        ],
        "categories": CATEGORIES,
        "roundings": ROUNDINGS,
        "papers": paper_choices(request.company),
    }
    return await request.render("settings/numbering.html", values, error=error)


def _values(stored: Sequence[Series]) -> dict[str, str]:
    """Return the initial values of the form: what comes next is only set if it is entered."""
    formats = {FIELDS[series.kind].format: series.format for series in stored}
    restarts = {
        FIELDS[series.kind].restarts_yearly: "yes" for series in stored if series.restarts_yearly
    }
    return formats | restarts


async def _inputs(form: NumberingForm, series: Series) -> SeriesInputs:
    fields = FIELDS[series.kind]
    sequence, number = await series.upcoming()
    _, next_year_number = await series.upcoming_next_year(sequence)
    return SeriesInputs(
        heading=f"{DOCUMENTS[series.kind].noun.capitalize()}s",
        format=getattr(form, fields.format),
        next=getattr(form, fields.next),
        restarts_yearly=getattr(form, fields.restarts_yearly),
        sequence=sequence,
        preview=number,
        next_year_preview=next_year_number,
        is_restarting=series.restarts_yearly,
    )
