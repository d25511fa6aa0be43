"""Sharing invoices and portals through links that need no login, and taking the links back."""

from datetime import UTC, datetime
from uuid import uuid4

from auth.staff import Staff
from errors import Conflict
from models import AuditAction, Customer, Invoice, InvoiceStatus
from models.database import fetch, transactional
from services import audit
from services.ids import find


@transactional
async def share_invoice(staff: Staff, invoice_id: str) -> Invoice:
    """Return the invoice with its share token, minted now if it had none.

    Raises NotFound, and Conflict for a draft. Two callers at once get the same token: the row's
    lock lets the second see what the first has minted.
    """
    invoice = await find(Invoice, staff, invoice_id, lock=True)
    if invoice.status is InvoiceStatus.DRAFT:
        message = "A draft can't be shared. Issue the invoice first."
        raise Conflict(message)
    if invoice.share_token is None:
        invoice.share_token, invoice.shared_at = uuid4(), datetime.now(UTC)
        await invoice.save(update_fields=["share_token", "shared_at"])
        await audit.note(staff, AuditAction.INVOICE_SHARED, invoice.id, invoice.number)
    return invoice


@transactional
async def revoke_invoice_share(staff: Staff, invoice_id: str) -> Invoice:
    """Return the invoice without a share token; the old link is dead for good. Raises NotFound."""
    invoice = await find(Invoice, staff, invoice_id, lock=True)
    if invoice.share_token is not None:
        invoice.share_token = invoice.shared_at = None
        await invoice.save(update_fields=["share_token", "shared_at"])
        await audit.note(staff, AuditAction.INVOICE_SHARE_REVOKED, invoice.id, invoice.number)
    return invoice


@transactional
async def share_portal(staff: Staff, customer_id: str) -> Customer:
    """Return the customer with its portal token, minted now if it had none. Raises NotFound."""
    customer = await find(Customer, staff, customer_id, lock=True)
    if customer.portal_token is None:
        customer.portal_token, customer.portal_shared_at = uuid4(), datetime.now(UTC)
        await customer.save(update_fields=["portal_token", "portal_shared_at"])
        await audit.note(staff, AuditAction.PORTAL_SHARED, customer.id, customer.name)
    return customer


@transactional
async def revoke_portal_share(staff: Staff, customer_id: str) -> Customer:
    """Return the customer without a portal token; the old link is dead for good.

    Raises NotFound.
    """
    customer = await find(Customer, staff, customer_id, lock=True)
    await _revoke_portal(staff, customer)
    return customer


@transactional
async def revoke_customer_shares(staff: Staff, customer_id: str) -> tuple[Customer, int]:
    """Revoke the customer's portal link and the links of all its invoices.

    Returns the customer and how many links have died. Raises NotFound.
    """
    customer = await find(Customer, staff, customer_id, lock=True)
    revoked = int(await _revoke_portal(staff, customer))
    # Locked by id, as everywhere, so that this and a group of opens can't wait for one another.
    invoices = await fetch(
        "UPDATE invoice SET share_token = NULL, shared_at = NULL WHERE id IN ("
        " SELECT id FROM invoice WHERE customer_id = $1 AND share_token IS NOT NULL"
        " ORDER BY id FOR NO KEY UPDATE) RETURNING id, number",
        customer.id,
    )
    await audit.note_all(
        staff,
        AuditAction.INVOICE_SHARE_REVOKED,
        [(row["id"], row["number"]) for row in invoices],
    )
    return customer, revoked + len(invoices)


async def _revoke_portal(staff: Staff, customer: Customer) -> bool:
    if customer.portal_token is None:
        return False
    customer.portal_token = customer.portal_shared_at = None
    await customer.save(update_fields=["portal_token", "portal_shared_at"])
    await audit.note(staff, AuditAction.PORTAL_SHARE_REVOKED, customer.id, customer.name)
    return True
