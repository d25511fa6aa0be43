"""The form that creates and edits the draft of a credit note."""

from typing import Any

from starlette.responses import Response

from auth.permissions import Permission
from i18n.formatting import format_amount
from models.currencies import EXPONENTS
from services.billing import credit_notes, queries
from services.billing.credit_notes import CreditNoteDraft
from web.dashboard.credit_note_actions import PATH, note_of, note_url
from web.dashboard.document_forms import offered_customers
from web.dashboard.forms import attempt_key, form_page, typed, typed_amount
from web.dashboard.requests import Visit, staff_page


@staff_page(Permission.MANAGE_INVOICES)
async def new_note(visit: Visit) -> Response:
    """Show the form, and write a new draft."""
    company = await queries.company_of(visit.staff)

    async def create() -> str:
        row = await credit_notes.create_credit_note(
            visit.staff, _draft(visit), idempotency_key=attempt_key(visit)
        )
        return note_url(row)

    customer = visit.request.query_params.get("customer", "")
    stored = {"customer": customer, "amount": "", "currency": company.currency, "reason": ""}
    values = await _values(visit, stored, "New credit note", PATH)
    return await form_page(visit, "credit_note_form.html", values, create)


@staff_page(Permission.MANAGE_INVOICES)
async def edit_note(visit: Visit) -> Response:
    """Show the form with what stands in a draft, and replace that."""
    row = await note_of(visit)

    async def change() -> str:
        await credit_notes.update_credit_note(visit.staff, str(row.id), _draft(visit))
        return note_url(row)

    stored = {
        "customer": str(row.customer_id),
        "amount": format_amount(row.money(row.total), visit.staff.language),
        "currency": row.currency,
        "reason": row.reason or "",
    }
    values = await _values(visit, stored, f"Edit credit note {row.number}", note_url(row))
    return await form_page(visit, "credit_note_form.html", values, change)


def _draft(visit: Visit) -> CreditNoteDraft:
    return CreditNoteDraft(
        customer_id=typed(visit, "customer"),
        amount=typed_amount(visit, "amount"),
        currency=typed(visit, "currency").strip() or None,
        reason=typed(visit, "reason").strip() or None,
    )


async def _values(
    visit: Visit, stored: dict[str, str], heading: str, back_url: str
) -> dict[str, Any]:
    values = {name: typed(visit, name, text) for name, text in stored.items()}
    return {
        **values,
        "heading": heading,
        "back_url": back_url,
        "customers": await offered_customers(visit.staff, values["customer"]),
        "currencies": sorted(EXPONENTS),
        "attempt": attempt_key(visit),
    }
