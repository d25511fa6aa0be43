"""Sample invoices, created through the portal's API."""

from dataclasses import dataclass

import httpx

from dev.benchmarks.pdf.documents import LATIN, describe
from dev.benchmarks.stack import Stack
from dev.benchmarks.wire import HOST
from tests.support.clients import Business


@dataclass(frozen=True, slots=True)
class SharedInvoice:
    """The id and share token of an invoice."""

    id: str
    token: str


async def seed(stack: Stack, invoices: int) -> tuple[str, list[SharedInvoice]]:
    """Create shared invoices of ten lines for a new customer with credit.

    Returns the token of the customer's portal, and the invoices.
    """
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{stack.portal.port}") as http:
        business = Business(http, stack.api_key)
        customer_id = await business.make_customer(address="12 St James's Square\nLondon")
        await business.make_credit_note(customer_id, "50.00")
        shared = [await _share(business, customer_id, n, lines=10) for n in range(invoices)]
        return await business.share_portal(customer_id), shared


async def seed_invoice(stack: Stack, lines: int) -> SharedInvoice:
    """Create a shared invoice of so many lines."""
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{stack.portal.port}", timeout=60) as http:
        business = Business(http, stack.api_key)
        return await _share(business, await business.make_customer(), 0, lines=lines)


async def _share(business: Business, customer_id: str, n: int, *, lines: int) -> SharedInvoice:
    invoice_id = await business.make_invoice(
        customerId=customer_id,
        dueDate="2099-12-31",
        discount="10.00",
        notes="Payable within thirty days.\nThank you.",
        lines=[
            {
                "description": describe(LATIN, n * 10 + line),
                "quantity": f"{line}.5",
                "unitPrice": f"{100 + n * 10 + line}.99",
                "taxRate": "19",
            }
            for line in range(1, lines + 1)
        ],
    )
    return SharedInvoice(id=invoice_id, token=await business.share(invoice_id))
