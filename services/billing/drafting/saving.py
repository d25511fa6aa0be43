"""Saving the draft that is written in a form, again and again while it is written."""

from dataclasses import dataclass, replace

from auth.staff import Staff
from db.transactions import transactional
from models import Customer
from services.billing.drafts import (
    DocumentDraft,
    DocumentT,
    Kind,
    insert_draft,
    replace_draft,
)
from services.common import idempotency


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOrigin:
    """Where a form comes from."""

    key: str
    """The key of the form, of up to 64 characters. It creates one document at most."""
    document_id: str | None = None
    """The draft that it edits; None for a new one."""
    version: str | None = None
    """The draft's version that it was filled in with; None to replace any."""


@transactional
async def save_draft(
    staff: Staff, kind: Kind[DocumentT], draft: DocumentDraft, origin: FormOrigin
) -> DocumentT:
    """Save what was entered in a form: create its draft, or replace what it has.

    A form that doesn't know yet that its draft was created, because the response was lost,
    replaces it, too. Raises NotFound, BadInput, DraftChanged if someone else has changed the draft,
    and Conflict if it isn't a draft any more or its number is taken.
    """
    if origin.document_id is not None:
        return await replace_draft(kind, staff, origin.document_id, draft, origin.version)
    request = idempotency.identify(origin.key, draft)
    await idempotency.lock_company(staff)
    earlier = await kind.model.get_or_none(company_id=staff.company_id, idempotency_key=request.key)
    if earlier is None:
        return await insert_draft(kind, staff, draft, request)
    if earlier.idempotency_digest == request.digest:
        return earlier
    replaced = await replace_draft(kind, staff, str(earlier.id), await _reuse(draft, earlier))
    await kind.model.filter(id=earlier.id).update(idempotency_digest=request.digest)
    return replaced


async def _reuse(draft: DocumentDraft, earlier: DocumentT) -> DocumentDraft:
    """Return the draft for the customer whom the form has created before, if it has."""
    if draft.new_customer is None:
        return draft
    customer = await Customer.get(id=earlier.customer_id)
    typed = [str(draft.new_customer.get(name) or "").strip() for name in ("name", "email")]
    if typed != [customer.name, customer.email or ""]:
        return draft
    return replace(draft, new_customer=None, customer_id=str(customer.id))
