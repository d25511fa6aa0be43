"""The forms that create and edit drafts of invoices and quotes.

Both work alike. A `Writable` holds what differs.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Generic, Protocol, TypeVar

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from auth.permissions import Permission
from auth.staff import Staff
from errors import BadInput, PortalError, input_path
from i18n.formatting import format_amount, format_number
from i18n.parsing import parse_number
from models import Customer, Invoice, Quote
from models.currencies import EXPONENTS
from models.documents import DocumentLine
from schema.lines import LineItem
from services.billing import invoices, queries, quotes
from services.billing.invoices import InvoiceDraft
from services.billing.loaders import lines_of
from services.billing.pricing import LineDraft
from services.billing.quotes import QuoteDraft
from services.common.lookups import get_owned
from web.dashboard.forms import FORM_METHODS, attempt_key, example_hint, typed
from web.dashboard.requests import DashboardRequest, login_required

DocumentT = TypeVar("DocumentT", Invoice, Quote)
DraftT = TypeVar("DraftT", InvoiceDraft, QuoteDraft)
_Made_co = TypeVar("_Made_co", Invoice, Quote, covariant=True)
_Given_contra = TypeVar("_Given_contra", InvoiceDraft, QuoteDraft, contravariant=True)

_SIZE: Final = 1024 * 1024
"""Bytes of a form: as many lines as a document may have, with descriptions of usual length."""
_BLANK: Final = 3
"""Lines that are offered behind those that are filled in."""
_TEXTS: Final = (
    *("customer", "number", "currency", "issue_date", "last_day", "discount", "notes"),
    "minimum",
)
"""The form's fields with a text, but for those of lines."""
_OFFERED: Final = 500
"""Customers that are offered, by name; for others the form begins at the customer's page."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it stands in the form."""

    description: str = ""
    quantity: str = ""
    unit_price: str = ""
    tax_rate: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed."""
        return not any(map(str.strip, asdict(self).values()))


class _Create(Protocol[_Made_co, _Given_contra]):
    async def __call__(
        self, staff: Staff, draft: _Given_contra, /, *, idempotency_key: str | None
    ) -> _Made_co: ...


@dataclass(frozen=True)
class Writable(Generic[DocumentT, DraftT]):
    """A kind of document that is written, and how."""

    model: type[DocumentT]
    noun: str
    path: str
    """Below which its pages are."""
    last_day: str
    """The column of the day that the document runs until."""
    last_day_label: str
    last_day_field: str
    """What the services call it in a refusal."""
    create: _Create[DocumentT, DraftT]
    update: Callable[[Staff, str, DraftT], Awaitable[DocumentT]]
    draft_of: Callable[["Typed"], DraftT]
    takes_parts: bool
    """Whether less than all of it may be paid."""

    @property
    def routes(self) -> list[Route]:
        """Where its drafts are written, to be tried before the document's own page."""
        decorate = login_required(Permission.MANAGE_INVOICES, max_form_size=_SIZE)
        return [
            Route(f"{self.path}/new", decorate(self._new_page), methods=FORM_METHODS),
            Route(f"{self.path}/{{id}}/edit", decorate(self._edit_page), methods=FORM_METHODS),
        ]

    async def _new_page(self, request: DashboardRequest) -> Response:
        """Show the form, and write a new draft."""
        company = await queries.company_of(request.staff)
        values = {
            "heading": f"New {self.noun}",
            "back_url": self.path,
            "customer": request.query.get("customer", ""),
            "currency": company.currency,
            "issue_date": "",
            "last_day": "",
        }

        async def create(draft: DraftT) -> DocumentT:
            return await self.create(request.staff, draft, idempotency_key=attempt_key(request))

        return await self._page(request, values, [], create)

    async def _edit_page(self, request: DashboardRequest) -> Response:
        """Show the form with what stands in a draft, and replace that."""
        row = await get_owned(self.model, request.staff, request.path_id)
        language = request.staff.language
        last_day: date | None = getattr(row, self.last_day)
        values = {
            "heading": f"Edit {self.noun} {row.number}",
            "back_url": f"{self.path}/{row.id}",
            "customer": str(row.customer_id),
            "number": row.number,
            "currency": row.currency,
            "issue_date": row.issue_date.isoformat() if row.issue_date else "",
            "last_day": last_day.isoformat() if last_day else "",
            "discount": format_amount(row.money(row.discount), language) if row.discount else "",
            "notes": row.notes or "",
        }
        if isinstance(row, Invoice):
            least = row.minimum_payment
            values["minimum"] = format_amount(row.money(least), language) if least else ""
            values["partial"] = "yes" if row.allow_partial_payment else ""
        lines = [_line_of(line, row, language) for line in await lines_of(row)]

        async def update(draft: DraftT) -> DocumentT:
            return await self.update(request.staff, str(row.id), draft)

        return await self._page(request, values, lines, update)

    async def _page(
        self,
        request: DashboardRequest,
        stored: dict[str, str],
        lines: Sequence[Line],
        save: Callable[[DraftT], Awaitable[DocumentT]],
    ) -> Response:
        """Show the form with what is stored or was typed; save what was sent, and lead there."""
        error = None
        sent = Typed(request)
        if request.is_post:
            lines = sent.lines
            if not typed(request, "more"):
                try:
                    row = await save(self.draft_of(sent))
                    return RedirectResponse(f"{self.path}/{row.id}", 303)
                except PortalError as refusal:
                    error = _with_line(refusal)
        texts = {name: typed(request, name, stored.get(name, "")) for name in _TEXTS}
        values: dict[str, Any] = {
            **texts,
            "heading": stored["heading"],
            "back_url": stored["back_url"],
            "kind": self,
            "partial": typed(request, "partial") if request.form else stored.get("partial", ""),
            "lines": [*lines, *[Line()] * _BLANK],
            "customers": await offered_customers(request.staff, texts["customer"]),
            "currencies": sorted(EXPONENTS),
            "attempt": attempt_key(request),
        }
        return await request.render("document_form.html", values, error=error)


class Typed:
    """What was typed into the form, as the services take it."""

    def __init__(self, request: DashboardRequest) -> None:
        self.request = request

    @property
    def lines(self) -> list[Line]:
        """The lines in which something was typed."""
        columns = ("description", "quantity", "unit_price", "tax_rate")
        cells = (map(str, self.request.form.getlist(name)) for name in columns)
        return [line for row in zip(*cells, strict=False) if not (line := Line(*row)).is_blank]

    @property
    def drafts(self) -> list[LineDraft]:
        """The lines as drafts. Raises BadInput with the path of a cell that is no number."""
        return [self._line_draft(index, line) for index, line in enumerate(self.lines)]

    def _line_draft(self, index: int, line: Line) -> LineDraft:
        with input_path("lines", index):
            return LineDraft(
                description=line.description,
                quantity=self._number_in(line.quantity or "1", "quantity"),
                unit_price=self._number_in(line.unit_price, "unitPrice"),
                tax_rate=self._number_in(line.tax_rate or "0", "taxRate"),
            )

    def text(self, name: str) -> str | None:
        """Return what stands in a field, or None if nothing does."""
        return typed(self.request, name).strip() or None

    def day(self, name: str, field: str) -> date | None:
        """Return the day in a field, or None if it is empty. Raises BadInput if it is none."""
        text = self.text(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            message = "Enter a date, like 2026-11-30."
            raise BadInput(message, field=field) from None

    def number(self, name: str, field: str) -> Decimal | None:
        """Return the number in a field, or None if it is empty. Raises BadInput if it is none."""
        text = self.text(name)
        return self._number_in(text, field) if text else None

    def _number_in(self, text: str, field: str) -> Decimal:
        number = parse_number(text.strip(), self.request.staff.language)
        if number is None:
            raise BadInput(example_hint(self.request, "a number"), field=field)
        return number


_CELLS: Final = {"unitPrice": "unit price", "taxRate": "tax"}
"""What the form calls a line's inputs, where their names differ."""


def _with_line(error: PortalError) -> PortalError:
    """Return an error about a line with a message that says which line and cell it means."""
    match error.path:
        case ("lines", int(index), str(cell)):
            message = f"Line {index + 1}, {_CELLS.get(cell, cell)}: {error.message}"
            return BadInput(message, path=error.path)
    return error


def _line_of(line: DocumentLine, row: Invoice | Quote, language: str) -> Line:
    item = LineItem.of(line, row, language)
    return Line(
        item.description,
        format_number(item.quantity, language),
        format_amount(row.money(line.unit_price), language),
        format_number(item.tax_rate, language),
    )


async def offered_customers(staff: Staff, chosen: str) -> list[tuple[str, str]]:
    """Return the ids and names of the customers that are offered, the chosen one among them."""
    rows = await queries.customers(staff).order_by("name", "id").limit(_OFFERED)
    offered = {str(row.id): row.name for row in rows}
    if chosen and chosen not in offered:
        row = await get_owned(Customer, staff, chosen)
        offered[str(row.id)] = row.name
    return list(offered.items())


def _invoice_draft(sent: Typed) -> InvoiceDraft:
    return InvoiceDraft(
        **_common(sent),
        due_date=sent.day("last_day", "dueDate"),
        allow_partial_payment=sent.text("partial") is not None,
        minimum_payment=sent.number("minimum", "minimumPayment"),
    )


def _quote_draft(sent: Typed) -> QuoteDraft:
    return QuoteDraft(**_common(sent), valid_until=sent.day("last_day", "validUntil"))


def _common(sent: Typed) -> dict[str, Any]:
    return {
        "customer_id": typed(sent.request, "customer"),
        "lines": sent.drafts,
        "number": sent.text("number"),
        "currency": sent.text("currency"),
        "issue_date": sent.day("issue_date", "issueDate"),
        "discount": sent.number("discount", "discount") or Decimal(0),
        "notes": sent.text("notes"),
    }


WRITTEN_INVOICES: Final = Writable(
    model=Invoice,
    noun="invoice",
    path="/dashboard/invoices",
    last_day="due_date",
    last_day_label="Due date",
    last_day_field="dueDate",
    create=invoices.create_invoice,
    update=invoices.update_invoice,
    draft_of=_invoice_draft,
    takes_parts=True,
)
WRITTEN_QUOTES: Final = Writable(
    model=Quote,
    noun="quote",
    path="/dashboard/quotes",
    last_day="valid_until",
    last_day_label="Good until",
    last_day_field="validUntil",
    create=quotes.create_quote,
    update=quotes.update_quote,
    draft_of=_quote_draft,
    takes_parts=False,
)
