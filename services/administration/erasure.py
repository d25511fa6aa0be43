"""Erasing a customer's personal data while keeping the books that the law requires (GDPR Art. 17).

What was issued stays as it was issued: documents with the name, the address and the tax ids that
they must show, their lines and figures, and the payments. Everything else about the person goes.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from tortoise.expressions import Q

from auth.staff import BY_CLIENT
from db.append_only import change, change_alone
from db.statements import database_time, execute, fetch, id_of
from db.transactions import transactional
from errors import Conflict, NotFound
from models import (
    OPEN_STATUSES,
    UNSETTLED,
    AuditAction,
    Checkout,
    CreditNote,
    Customer,
    EmailDelivery,
    EmailPreference,
    Invoice,
    MailKind,
    Quote,
    UnsavedForm,
)
from models.party_snapshots import PartySnapshot, digest_of
from services.administration.companies import lock_company
from services.administration.exports import find_customer
from services.administration.listings import operator, parse_id
from services.common import audit_log
from services.common.notices import NEWS
from services.common.validation import normalize_address
from services.ledger.issuing import store_parties
from values.parties import Buyer

ERASED: Final = "Erased customer"
"""What the customer is called afterwards, except on documents."""
_ERASED_CLIENT: Final = f"{ERASED}{BY_CLIENT}"
_BATCH_SIZE: Final = 1000
_DOCUMENTS: Final = (Invoice, Quote, CreditNote)
_OWN_DOCUMENTS: Final = " OR ".join(
    f"(subject_type = '{kind}' AND subject_id IN"
    f" (SELECT CAST({table}.id AS text) FROM {table} WHERE {condition}))"
    for kind, table, condition in (
        ("INVOICE", "invoice", "customer_id = $2"),
        ("QUOTE", "quote", "customer_id = $2"),
        ("CREDIT_NOTE", "credit_note", "customer_id = $2"),
        ("QUESTION", "question", "customer_id = $2"),
        ("EMAIL_DELIVERY", "email_delivery", "customer_id = $2"),
        ("INVOICE_UPDATE", "invoice_update", "customer_id = $2"),
        ("CUSTOMER", "customer", "id = $2"),
        (
            "INVOICE_VIEW",
            "invoice_view",
            "invoice_id IN (SELECT id FROM invoice WHERE customer_id = $2)",
        ),
    )
)
"""SQL: which deliveries of webhooks are about a customer. Their payloads name them."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What is left of a customer."""

    customer_id: UUID
    company_id: UUID
    kept_documents: int
    """Issued documents, which stay. Without any, the customer is gone."""


async def erase_customer(customer_id: str) -> Erased:
    """Erase a customer. If that was interrupted, repeat it.

    Raises NotFound, and Conflict, before anything is changed, while money is due or on its way.
    """
    customer = await find_customer(parse_id(customer_id, "customer"))
    addresses = await _addresses_of(customer)
    erased = await _erase(customer.id)
    # Again, because an e-mail that was just being composed may have noted its address.
    await _forget_preferences(customer, addresses)
    if erased.kept_documents:
        await _forget_viewers(customer.id)
    return erased


@transactional
async def _erase(id_: UUID) -> Erased:
    await change_alone()
    found = await find_customer(id_)
    # The company before the customer, as issuing does.
    await lock_company(str(found.company_id))
    customer = await Customer.select_for_update(no_key=True).get_or_none(id=id_)
    if customer is None:
        raise NotFound("The customer was erased in the meantime.")
    await _require_settled(customer)
    for model in _DOCUMENTS:
        await model.filter(customer_id=id_, status="DRAFT").delete()
    kept = 0
    for model in _DOCUMENTS:
        kept += await model.filter(customer_id=id_).count()
    # Without a link, nothing new is opened, of which a webhook would be told.
    snapshots = await _freeze_without_email(customer)
    # E-mails say which addresses there were, so these come first.
    await _forget_preferences(customer, await _addresses_of(customer))
    await _forget_messages(customer)
    await UnsavedForm.filter(company_id=customer.company_id).delete()
    await _forget_payers(id_)
    await _rename_in_audit_log(customer)
    if kept:
        await _strip(customer)
    else:
        await customer.delete()
    await audit_log.note_all(
        operator(customer.company_id),
        AuditAction.CUSTOMER_ERASED,
        [(id_, ERASED)],
        customer_id=id_,
        detail=f"{kept} issued documents were kept." if kept else "No documents were kept.",
    )
    # Last, and in the order in which others write to these tables, which prevents deadlocks.
    if snapshots:
        await _delete_unused(snapshots)
    await _rename_in_books(id_)
    return Erased(customer_id=id_, company_id=customer.company_id, kept_documents=kept)


async def _require_settled(customer: Customer) -> None:
    """Raise Conflict while the data is needed: for a claim, or for a payment that is on its way."""
    open_invoice = await Invoice.filter(customer_id=customer.id, status__in=OPEN_STATUSES).first()
    if open_invoice is not None:
        raise Conflict(
            f"Invoice {open_invoice.number} isn't paid. Cancel it or write it off first."
        )
    unsettled = Checkout.filter(status__in=UNSETTLED, shares__invoice__customer_id=customer.id)
    if await unsettled.exists():
        raise Conflict("A payment is on its way. Try again when it has arrived or failed.")


async def _forget_messages(customer: Customer) -> None:
    """Delete e-mails and payloads of webhooks, and empty what the client wrote."""
    now = await database_time()
    await execute(
        f"DELETE FROM webhook_delivery WHERE company_id = $1 AND ({_OWN_DOCUMENTS})",
        customer.company_id,
        customer.id,
    )
    await EmailDelivery.filter(customer_id=customer.id).delete()
    # Whom an e-mail to staff about several events names isn't stored.
    of_company = EmailDelivery.filter(company_id=customer.company_id, kind=MailKind.NOTICE)
    await of_company.filter(idempotency_key__startswith=NEWS).delete()
    await execute(
        "UPDATE question SET name = '', text = '', email = NULL, ip = NULL,"
        " answered_at = COALESCE(answered_at, $2), deleted_at = COALESCE(deleted_at, $2)"
        " WHERE customer_id = $1",
        customer.id,
        now,
    )
    await execute(
        "UPDATE question_answer SET text = '', deleted_at = COALESCE(deleted_at, $2)"
        " WHERE question_id IN (SELECT id FROM question WHERE customer_id = $1)",
        customer.id,
        now,
    )
    await execute(
        "UPDATE quote SET answered_by = NULL, answer_note = NULL, answer_ip = NULL,"
        " answer_purchase_order = NULL WHERE customer_id = $1",
        customer.id,
    )


async def _addresses_of(customer: Customer) -> set[str]:
    """Return the addresses that the customer has or had, in the form of preferences."""
    sent = EmailDelivery.filter(customer_id=customer.id, is_blind_copy=False)
    recipients = await sent.distinct().values_list("recipient", flat=True)
    return {*_present_addresses(customer), *map(str, recipients)}


def _present_addresses(customer: Customer) -> set[str]:
    written = filter(None, [customer.email, *customer.copy_addresses])
    return {normalize_address(address) for address in written}


async def _forget_preferences(customer: Customer, addresses: Collection[str]) -> None:
    """Delete the preferences of addresses, unless the company also writes to others there."""
    for address in addresses:
        if not await _is_of_others(customer, address):
            await EmailPreference.filter(company_id=customer.company_id, address=address).delete()


async def _is_of_others(customer: Customer, address: str) -> bool:
    others = Customer.filter(company_id=customer.company_id).exclude(id=customer.id)
    # The domain may be written in two ways.
    name = f"{address.rpartition('@')[0]}@"
    async for other in others.filter(Q(email__icontains=name) | Q(cc_emails__icontains=name)):
        if address in _present_addresses(other):
            return True
    sent = EmailDelivery.filter(company_id=customer.company_id, recipient=address)
    return await sent.exclude(customer_id=customer.id).exists()


async def _forget_payers(customer_id: UUID) -> None:
    """Empty what Stripe was asked for and has reported. Amounts and Stripe's ids stay."""
    own = (
        "SELECT checkout_id FROM checkout_share JOIN invoice ON invoice.id = invoice_id"
        " WHERE customer_id = $1"
    )
    await execute(
        "UPDATE stripe_event SET status = 'IGNORED', payload = NULL"
        " WHERE status IN ('WAITING', 'PARKED') AND payment_intent IN"
        f" (SELECT payment_intent FROM checkout WHERE id IN ({own}))",
        customer_id,
    )
    await execute(
        "UPDATE checkout SET request = '{}', url = NULL, return_path = NULL, method_brand = NULL,"
        f" method_last4 = NULL WHERE id IN ({own})",
        customer_id,
    )


async def _rename_in_audit_log(customer: Customer) -> None:
    """Keep who did what and when, without the customer's name and addresses."""
    await execute(
        "UPDATE audit_entry SET subject = $3, detail = NULL"
        " WHERE company_id = $1 AND subject_id = $2",
        customer.company_id,
        customer.id,
        ERASED,
    )
    # Their details are the addresses.
    await execute(
        "UPDATE audit_entry SET detail = NULL WHERE company_id = $1 AND customer_id = $2"
        " AND action IN ('EMAIL_SENT', 'EMAIL_CANCELLED')",
        customer.company_id,
        customer.id,
    )
    await execute(
        "UPDATE audit_entry SET actor = $3 WHERE company_id = $1 AND customer_id = $2"
        " AND actor LIKE $4",
        customer.company_id,
        customer.id,
        _ERASED_CLIENT,
        f"%{BY_CLIENT}",
    )


async def _rename_in_books(customer_id: UUID) -> None:
    """Keep in the ledger that the client has used credit, and not by which name."""
    for table, condition in (
        ("credit_application", "credit_note_id IN (SELECT id FROM credit_note WHERE {})"),
        ("invoice_update", "{}"),
    ):
        theirs = f"actor LIKE $1 AND {condition.format('customer_id = $2')}"
        pattern = f"%{BY_CLIENT}"
        if await fetch(f"SELECT 1 FROM {table} WHERE {theirs} LIMIT 1", pattern, customer_id):
            sql = f"UPDATE {table} SET actor = $3 WHERE {theirs}"
            await change(table, sql, pattern, customer_id, _ERASED_CLIENT)


async def _freeze_without_email(customer: Customer) -> list[UUID]:
    """Let documents name the same buyer without an e-mail address, and end their links.

    Returns the snapshots that they had.
    """
    replaced: list[UUID] = []
    for model in _DOCUMENTS:
        await model.filter(customer_id=customer.id).update(share_token=None, shared_at=None)
        table = model._meta.db_table
        rows = await fetch(
            "SELECT DISTINCT party_snapshot.id, content FROM party_snapshot"
            f" JOIN {table} ON buyer_snapshot_id = party_snapshot.id WHERE customer_id = $1",
            customer.id,
        )
        for row in rows:
            buyer = replace(Buyer.parse(row["content"]), email=None)
            stored = await store_parties(customer.company_id, buyer)
            new, old = stored[digest_of(buyer)].id, id_of(row["id"])
            if new != old:
                own = model.filter(customer_id=customer.id, buyer_snapshot_id=old)
                await own.update(buyer_snapshot_id=new)
                replaced.append(old)
    return replaced


async def _strip(customer: Customer) -> None:
    """Empty the customer's row, which documents refer to."""
    kept = {"id", "company_id", "created_at", "search_text"}
    for column in customer._meta.fields_db_projection:
        field = customer._meta.fields_map[column]
        if column not in kept and field.null:
            setattr(customer, column, None)
    customer.name = ERASED
    await customer.save()


async def _delete_unused(snapshot_ids: list[UUID]) -> None:
    """Delete snapshots that no document names any more. Another customer may be the same buyer."""
    unused = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {model._meta.db_table} AS document"
        f" WHERE document.{side}_snapshot_id = party_snapshot.id)"
        for model in _DOCUMENTS
        for side in ("buyer", "seller")
    )
    table = PartySnapshot._meta.db_table
    await change(table, f"DELETE FROM {table} WHERE id = ANY($1) AND {unused}", snapshot_ids)


async def _forget_viewers(customer_id: UUID) -> None:
    """Take addresses and browsers out of the customer's views, in batches. Counts stay."""
    for row in await fetch("SELECT id FROM invoice WHERE customer_id = $1", customer_id):
        last = 0
        while rows := await fetch(
            "UPDATE invoice_view SET ip = NULL, user_agent = NULL WHERE id IN"
            " (SELECT id FROM invoice_view WHERE invoice_id = $1 AND sequence > $2"
            f" ORDER BY sequence LIMIT {_BATCH_SIZE}) RETURNING sequence",
            row["id"],
            last,
        ):
            last = max(each["sequence"] for each in rows)
        await execute("DELETE FROM invoice_viewer WHERE invoice_id = $1", row["id"])
