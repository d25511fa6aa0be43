"""The page on which an invoice or a quote is written: its buttons, its drafts and its amounts."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic

from limits import RateLimitItem, parse
from starlette.responses import JSONResponse, RedirectResponse, Response

from db.availability import raising_unavailable
from errors import BadInput, Conflict, NotFound, PortalError
from services.billing.drafting.saving import save_draft
from services.billing.drafts import DocumentT, DraftChanged, Kind, can_edit
from services.ledger.document_numbers import upcoming_number
from web.dashboard.documents.customers import customer_choices
from web.dashboard.documents.forms import DocumentForm
from web.dashboard.documents.lines import LineInput, all_lines, line_values, submitted_lines
from web.dashboard.documents.prices import PriceTerms, PriceView
from web.dashboard.documents.rearranging import rearrange
from web.dashboard.forms.choices import country_choices, currency_choices
from web.dashboard.requests import DashboardRequest

_AUTOSAVES: Final[RateLimitItem] = parse("60/minute")
"""How often a user's pages save drafts by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor(Generic[DocumentT]):
    """What the page writes, and where its buttons lead."""

    kind: Kind[DocumentT]
    form: DocumentForm
    path: str
    """Where documents of the kind are listed."""
    blank: LineInput
    """How a line looks that is added."""
    send: Callable[[DocumentT], Awaitable[str]]
    """Sends the saved draft, and returns where that is shown."""
    document: DocumentT | None = None
    """The draft, if it is saved already."""
    lines: Sequence[LineInput] = ()
    """The lines that the page starts with."""
    version: str = ""
    """The version that was saved with the form, if it was."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What else the template needs."""

    @property
    def url(self) -> str:
        """The page of the document, or of the list while it isn't saved."""
        return self.path if self.document is None else f"{self.path}/{self.document.id}"


async def editor_page(request: DashboardRequest, editor: Editor[DocumentT]) -> Response:
    """Show a document's form; once submitted, do what its button says.

    Each button that leads elsewhere saves the draft first. What is wrong is shown with the form.
    """
    document, form = editor.document, editor.form
    if not request.is_post and document is not None and can_edit(document):
        return RedirectResponse(editor.url, 303)
    if request.form:
        editor = replace(editor, lines=submitted_lines(form.submitted))
    if not request.is_post:
        return await _render(request, editor)
    match str(request.form.get("do", "draft")):
        case "autosave":
            return await _autosave(request, editor)
        case "draft" | "preview" | "send" as action:
            return await _save_and_go(request, editor, action)
        case action:
            lines, focus = rearrange(all_lines(form.submitted), editor.blank, action)
            return await _render(request, replace(editor, lines=lines), focus=focus)


async def _save_and_go(
    request: DashboardRequest, editor: Editor[DocumentT], action: str
) -> Response:
    try:
        with raising_unavailable():
            if action == "send" and editor.document and can_edit(editor.document):
                return RedirectResponse(await editor.send(editor.document), 303)  # sent already
            saved = await _save(request, editor)
            editor = replace(editor, document=saved, version=saved.version)
            if action == "send":
                return RedirectResponse(await editor.send(saved), 303)
    except PortalError as error:
        return await _render(request, editor, error=error)
    return RedirectResponse(f"{editor.url}/preview" if action == "preview" else editor.url, 303)


async def _save(request: DashboardRequest, editor: Editor[DocumentT]) -> DocumentT:
    form, document = editor.form, editor.document
    form.check()
    origin = form.origin(None if document is None else str(document.id))
    return await save_draft(request.staff, editor.kind, form.draft(request.staff.today), origin)


async def _autosave(request: DashboardRequest, editor: Editor[DocumentT]) -> Response:
    """Save the draft if it is complete, and respond with where and which version it is.

    A new customer is only created when staff save the draft themselves. Raises RateLimited.
    """
    staff = request.staff
    try:
        await request.services.rate_limiter.hit(_AUTOSAVES, "autosaves", str(staff.credential_id))
        if editor.form.has_new_customer:
            return JSONResponse({"saved": False})
        with raising_unavailable():
            saved = await _save(request, editor)
    except (BadInput, Conflict, NotFound) as error:
        return JSONResponse({"saved": False, "changed": isinstance(error, DraftChanged)})
    url = f"{editor.path}/{saved.id}/edit"
    return JSONResponse({"saved": True, "url": url, "version": saved.version})


async def _render(
    request: DashboardRequest,
    editor: Editor[DocumentT],
    *,
    error: PortalError | None = None,
    focus: str = "",
) -> Response:
    form, document, staff = editor.form, editor.document, request.staff
    lines = [*editor.lines] or [editor.blank]
    values = {
        "form": form,
        "noun": editor.kind.model.noun,
        "document": document,
        "version": editor.version or form.version,
        "number": await upcoming_number(
            document or editor.kind.model(company_id=staff.company_id), staff.today
        ),
        "action": None if document is None else f"{editor.path}/{document.id}/edit",
        "back_url": editor.url,
        "list_url": editor.path,
        "customers": await customer_choices(
            staff, form.customer.text, str(form.values.get("find", ""))
        ),
        "countries": country_choices(staff.language),
        "currencies": currency_choices(staff.language),
        "price": PriceView.of(lines, PriceTerms.of(form), request.company),
        "focus": focus,
        **line_values(lines, editor.blank),
        **editor.values,
    }
    return await request.render("documents/form.html", values, error=error)
