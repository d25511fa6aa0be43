"""The form that creates and edits the draft of a credit note."""

from typing import Any

from starlette.responses import Response

from auth.permissions import Permission
from i18n.formatting import format_amount
from models.currencies import EXPONENTS
from services.billing import credit_notes, queries
from services.billing.credit_notes import CreditNoteDraft
from web.dashboard.document_forms import offered_customers
from web.dashboard.documents import CREDIT_NOTES_PATH, credit_note_url, get_credit_note
from web.dashboard.forms import attempt_key, form_page, typed, typed_amount
from web.dashboard.requests import DashboardRequest, login_required


@login_required(Permission.MANAGE_INVOICES)
async def new_note(request: DashboardRequest) -> Response:
    """Show the form, and write a new draft."""
    company = await queries.company_of(request.staff)

    async def create() -> str:
        row = await credit_notes.create_credit_note(
            request.staff, _draft(request), idempotency_key=attempt_key(request)
        )
        return credit_note_url(row)

    customer = request.query.get("customer", "")
    stored = {"customer": customer, "amount": "", "currency": company.currency, "reason": ""}
    values = await _values(request, stored, "New credit note", CREDIT_NOTES_PATH)
    return await form_page(request, "credit_note_form.html", values, create)


@login_required(Permission.MANAGE_INVOICES)
async def edit_note(request: DashboardRequest) -> Response:
    """Show the form with what stands in a draft, and replace that."""
    row = await get_credit_note(request)

    async def change() -> str:
        await credit_notes.update_credit_note(request.staff, str(row.id), _draft(request))
        return credit_note_url(row)

    stored = {
        "customer": str(row.customer_id),
        "amount": format_amount(row.money(row.total), request.staff.language),
        "currency": row.currency,
        "reason": row.reason or "",
    }
    values = await _values(request, stored, f"Edit credit note {row.number}", credit_note_url(row))
    return await form_page(request, "credit_note_form.html", values, change)


def _draft(request: DashboardRequest) -> CreditNoteDraft:
    return CreditNoteDraft(
        customer_id=typed(request, "customer"),
        amount=typed_amount(request, "amount"),
        currency=typed(request, "currency").strip() or None,
        reason=typed(request, "reason").strip() or None,
    )


async def _values(
    request: DashboardRequest, stored: dict[str, str], heading: str, back_url: str
) -> dict[str, Any]:
    values = {name: typed(request, name, text) for name, text in stored.items()}
    return {
        **values,
        "heading": heading,
        "back_url": back_url,
        "customers": await offered_customers(request.staff, values["customer"]),
        "currencies": sorted(EXPONENTS),
        "attempt": attempt_key(request),
    }
