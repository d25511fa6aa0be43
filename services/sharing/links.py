"""Sharing invoices and portals through links that need no login, and revoking the links.

Sharing a quote also sends it, so that is in `services/billing/quotes.py`.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from auth.staff import Staff
from db.statements import fetch
from db.transactions import transactional
from errors import Conflict, Text
from models import (
    AuditAction,
    CreditNote,
    Customer,
    Invoice,
    Quote,
    SubjectType,
    WebhookEvent,
)
from services.common import audit_log
from services.common.lookups import get_owned
from services.common.webhook_events import Subject, publish
from services.ledger.document_numbers import Document
from services.ledger.open_checkouts import expire_all_open_checkouts, expire_open_checkouts

_SUBJECT_TYPES: Final = {
    Invoice: SubjectType.INVOICE,
    Quote: SubjectType.QUOTE,
    CreditNote: SubjectType.CREDIT_NOTE,
}


def can_share(document: Invoice | CreditNote) -> Conflict | None:
    """Return why the document can't be shared, or None if it can, be it shared already or not."""
    if document.status == document.status.DRAFT:
        return Conflict(Text("A draft can't be shared. Issue it first."))
    return None


def can_revoke(document: Document) -> Conflict | None:
    """Return why the document's link can't be revoked, or None if it can."""
    return Conflict(Text("This document isn't shared.")) if document.share_token is None else None


@transactional
async def share_invoice(staff: Staff, invoice_id: str) -> Invoice:
    """Share an invoice: give it a token unless it has one.

    Concurrent calls get the same token, because the row is locked. Raises NotFound, and Conflict
    for a draft.
    """
    invoice = await get_owned(Invoice, staff, invoice_id, lock=True)
    if refusal := can_share(invoice):
        raise refusal
    await generate_token(staff, invoice, AuditAction.INVOICE_SHARED)
    return invoice


@transactional
async def revoke_invoice_share(staff: Staff, invoice_id: str) -> Invoice:
    """Revoke the invoice's link, which never works again. Raises NotFound."""
    invoice = await get_owned(Invoice, staff, invoice_id, lock=True)
    if can_revoke(invoice) is None:
        await revoke_token(staff, invoice, AuditAction.INVOICE_SHARE_REVOKED)
        await expire_open_checkouts(invoice.id)
    return invoice


@transactional
async def share_credit_note(staff: Staff, credit_note_id: str) -> CreditNote:
    """Share a credit note: give it a token unless it has one.

    Concurrent calls get the same token. Raises NotFound, and Conflict for a draft.
    """
    note = await get_owned(CreditNote, staff, credit_note_id, lock=True)
    if refusal := can_share(note):
        raise refusal
    await generate_token(staff, note, AuditAction.CREDIT_NOTE_SHARED)
    return note


@transactional
async def revoke_credit_note_share(staff: Staff, credit_note_id: str) -> CreditNote:
    """Revoke the credit note's link, which never works again. Raises NotFound."""
    note = await get_owned(CreditNote, staff, credit_note_id, lock=True)
    await revoke_token(staff, note, AuditAction.CREDIT_NOTE_SHARE_REVOKED)
    return note


@transactional
async def share_portal(staff: Staff, customer_id: str) -> Customer:
    """Share a customer's portal: give it a token unless it has one. Raises NotFound."""
    customer = await get_owned(Customer, staff, customer_id, lock=True)
    if customer.portal_token is None:
        customer.portal_token = uuid4()
        customer.portal_shared_at = datetime.now(UTC)
        await customer.save(update_fields=["portal_token", "portal_shared_at"])
        await audit_log.note_customer(staff, AuditAction.PORTAL_SHARED, customer)
        subject = Subject(SubjectType.CUSTOMER, customer.id)
        publish(staff.company_id, WebhookEvent.LINK_SHARED, subject)
    return customer


@transactional
async def revoke_portal_share(staff: Staff, customer_id: str) -> Customer:
    """Revoke the link to the customer's portal, which never works again. Raises NotFound."""
    customer = await get_owned(Customer, staff, customer_id, lock=True)
    if await _revoke_portal(staff, customer):
        await expire_all_open_checkouts("customer_id", customer.id)
    return customer


@transactional
async def revoke_customer_shares(staff: Staff, customer_id: str) -> tuple[Customer, int]:
    """Revoke the link to the customer's portal, and those of all their documents.

    Returns the customer and the number of links revoked. Raises NotFound.
    """
    customer = await get_owned(Customer, staff, customer_id, lock=True)
    revoked = int(await _revoke_portal(staff, customer))
    revoked += await _revoke_all(staff, customer, Quote, AuditAction.QUOTE_SHARE_REVOKED)
    revoked += await _revoke_all(staff, customer, CreditNote, AuditAction.CREDIT_NOTE_SHARE_REVOKED)
    revoked += await _revoke_all(staff, customer, Invoice, AuditAction.INVOICE_SHARE_REVOKED)
    await expire_all_open_checkouts("customer_id", customer.id)
    return customer, revoked


async def generate_token(staff: Staff, document: Document, action: AuditAction) -> None:
    """Give a locked document a share token, unless it has one, and log that as `action`."""
    if document.share_token is None:
        document.share_token = uuid4()
        document.shared_at = datetime.now(UTC)
        changed = ["share_token", "shared_at"]
        if isinstance(document, Invoice):
            # A day that has come in every time zone: the next run works out the right one.
            document.next_reminder_on = document.shared_at.date() - timedelta(days=1)
            changed.append("next_reminder_on")
        await document.save(update_fields=changed)
        await audit_log.note_document(staff, action, document)
        publish(staff.company_id, WebhookEvent.LINK_SHARED, _subject(document))


async def revoke_token(staff: Staff, document: Document, action: AuditAction) -> None:
    """Remove the share token of a locked document, if it has one, and log that as `action`."""
    if document.share_token is not None:
        document.share_token = None
        document.shared_at = None
        await document.save(update_fields=["share_token", "shared_at"])
        await audit_log.note_document(staff, action, document)
        publish(staff.company_id, WebhookEvent.LINK_REVOKED, _subject(document))


def _subject(document: Document) -> Subject:
    return Subject(_SUBJECT_TYPES[type(document)], document.id)


async def _revoke_all(
    staff: Staff, customer: Customer, model: type[Document], action: AuditAction
) -> int:
    """Revoke the links of the customer's documents of a type; return how many there were."""
    table = model._meta.db_table
    # Locked in the order of ids, as everywhere, so that this can't deadlock with a group of views.
    rows = await fetch(
        f"UPDATE {table} SET share_token = NULL, shared_at = NULL WHERE id IN ("
        f" SELECT id FROM {table} WHERE customer_id = $1 AND share_token IS NOT NULL"
        " ORDER BY id FOR NO KEY UPDATE) RETURNING id, number",
        customer.id,
    )
    subjects = [(row["id"], row["number"]) for row in rows]
    await audit_log.note_all(staff, action, subjects, customer_id=customer.id)
    for row in rows:
        subject = Subject(_SUBJECT_TYPES[model], UUID(str(row["id"])))
        publish(staff.company_id, WebhookEvent.LINK_REVOKED, subject)
    return len(rows)


async def _revoke_portal(staff: Staff, customer: Customer) -> bool:
    if customer.portal_token is None:
        return False
    customer.portal_token = None
    customer.portal_shared_at = None
    await customer.save(update_fields=["portal_token", "portal_shared_at"])
    await audit_log.note_customer(staff, AuditAction.PORTAL_SHARE_REVOKED, customer)
    publish(staff.company_id, WebhookEvent.LINK_REVOKED, Subject(SubjectType.CUSTOMER, customer.id))
    return True
