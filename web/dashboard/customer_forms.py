"""The form that creates and edits a customer."""

from typing import Any

from starlette.responses import Response

from auth.permissions import Permission
from i18n.locales import locale_of
from i18n.translations import available_languages
from models import Customer
from services.billing import customers
from services.billing.customers import CustomerDetails
from services.common.lookups import get_owned
from web.dashboard.forms import attempt_key, form_page, typed
from web.dashboard.requests import DashboardRequest, login_required

_PATH = "/dashboard/customers"
_TEXTS = ("name", "email", "address", "tax_id", "language")


@login_required(Permission.MANAGE_INVOICES)
async def new_customer(request: DashboardRequest) -> Response:
    """Show the form, and create a customer."""

    async def create() -> str:
        row = await customers.create_customer(
            request.staff, _details(request), idempotency_key=attempt_key(request)
        )
        return f"{_PATH}/{row.id}"

    stored = dict.fromkeys(_TEXTS, "")
    values = _values(request, stored, "New customer", _PATH)
    return await form_page(request, "customer_form.html", values, create)


@login_required(Permission.MANAGE_INVOICES)
async def edit_customer(request: DashboardRequest) -> Response:
    """Show the form with a customer's details, and change them."""
    row = await get_owned(Customer, request.staff, request.path_id)

    async def change() -> str:
        await customers.update_customer(request.staff, str(row.id), _details(request))
        return f"{_PATH}/{row.id}"

    stored = {name: str(getattr(row, name) or "") for name in _TEXTS}
    values = _values(request, stored, "Edit customer", f"{_PATH}/{row.id}")
    return await form_page(request, "customer_form.html", values, change)


def _details(request: DashboardRequest) -> CustomerDetails:
    name, *others = (typed(request, text) for text in _TEXTS)
    return CustomerDetails(name, *(text.strip() or None for text in others))


def _values(
    request: DashboardRequest, stored: dict[str, str], heading: str, back_url: str
) -> dict[str, Any]:
    return {
        "heading": heading,
        "back_url": back_url,
        "typed": {name: typed(request, name, text) for name, text in stored.items()},
        "languages": [(code, locale_of(code).english_name) for code in available_languages()],
        "attempt": attempt_key(request),
    }
