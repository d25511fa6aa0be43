"""An invoice's page: its figures, its lines, what was received for it, and its opens."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from starlette.responses import Response

import models
from auth.permissions import Permission
from core.urls import PATHS
from models import PaymentReversalKind
from schema.credit_notes import CreditApplication
from schema.invoice_actions import invoice_actions
from schema.invoices import Invoice
from schema.lines import LineItem
from schema.money import Money
from services.billing import queries
from services.billing.loaders import lines_of, load_applications_to, load_payments, load_reversals
from services.common.pagination import BY_SEQUENCE, newest_first
from services.sharing.view_stats import views_per_day
from web.dashboard.charts import Chart
from web.dashboard.documents import get_invoice, invoice_url
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.sharing.panels import sent_email
from web.dashboard.stream_cursors import cursors
from web.dashboard.user_agents import device_of

_OPENS: Final = 20
"""Opens on a page of the log."""
_DAYS: Final = 30
"""Days in the chart of opens."""


@dataclass(frozen=True, slots=True)
class Received:
    """A payment, and what was taken back of it."""

    received_at: datetime
    method: str
    reference: str | None
    amount: Money
    refunded: Money
    disputed: Money


@login_required(Permission.VIEW_INVOICES)
async def invoice_page(request: DashboardRequest) -> Response:
    """Show the invoice; `views_after` is the cursor behind which a page of its log begins."""
    live = await cursors(request)
    row = await get_invoice(request)
    customer = await models.Customer.get(id=row.customer_id)
    after = request.query.get("views_after")
    page = await newest_first(
        queries.views(row, include_automated=True), _OPENS, after or None, BY_SEQUENCE
    )
    path, language = invoice_url(row), request.staff.language
    [credits_] = await load_applications_to([row.id])
    values = {
        "invoice": Invoice.of(row, request.viewer),
        "customer": customer,
        "can": invoice_actions(row, customer, request.staff),
        "sent": await sent_email(request, row.id),
        "lines": [LineItem.of(line, row, language) for line in await lines_of(row)],
        "payments": await _received(row, language),
        "credits": [CreditApplication.of(credit, language) for credit in credits_],
        "chart": await _chart(row),
        "log": [(view, device_of(view.user_agent)) for view in page.rows],
        "newest_views_url": f"{path}#views" if after else None,
        "older_views_url": (
            f"{path}?views_after={page.cursors[-1]}#views" if page.has_next else None
        ),
        "url": path,
        "pdf_url": PATHS.document_pdf("invoices", row.id),
        "live": live,
    }
    return await request.render("invoice.html", values)


async def _chart(row: models.Invoice) -> Chart | None:
    today = datetime.now(UTC).date()
    return Chart.of(await views_per_day(row, today, _DAYS), today)


async def _received(row: models.Invoice, language: str) -> list[Received]:
    [payments] = await load_payments([row.id])
    taken = await _taken_back([payment.id for payment in payments])

    def money(minor: int) -> Money:
        return Money.of(row.money(minor), language)

    return [
        Received(
            received_at=payment.received_at,
            method=payment.method,
            reference=payment.reference,
            amount=money(payment.amount),
            refunded=money(back.get(PaymentReversalKind.REFUND, 0)),
            disputed=money(back.get(PaymentReversalKind.DISPUTE, 0)),
        )
        for payment, back in zip(payments, taken, strict=True)
    ]


async def _taken_back(payment_ids: list[UUID]) -> list[dict[PaymentReversalKind, int]]:
    return await load_reversals(payment_ids) if payment_ids else []
