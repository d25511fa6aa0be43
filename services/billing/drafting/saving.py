"""Saving the draft that is written in a form, again and again while it is written."""

from dataclasses import dataclass

from auth.staff import Staff
from db.transactions import transactional
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
    return await replace_draft(kind, staff, str(earlier.id), draft)
