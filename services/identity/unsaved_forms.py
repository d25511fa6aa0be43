"""What users submit after their session has ended. The form shows it again for a day.

It is never carried out: once signed in again, the user sees the form and submits it once more.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, TypeAlias
from uuid import UUID

from auth.staff import Staff
from db.statements import database_time
from db.transactions import transactional
from models import Credential, CredentialKind, UnsavedForm

UNSAVED_FORM_TTL: Final = timedelta(days=1)
_MAX_PER_USER: Final = 10
_MAX_PATH: Final = 200
"""Characters of a path, as the column has them."""

Entries: TypeAlias = Sequence[tuple[str, str]]
"""The names and values of a form, in its order."""


@transactional
async def keep_form(user_id: UUID, session_id: UUID, path: str, entries: Entries) -> UUID | None:
    """Keep a form of an earlier session for its user, and return its id.

    Returns None if the session wasn't the user's, or if `path`, the page that shows the form, is
    longer than any of ours. Only the latest of a user's forms are kept.
    """
    if len(path) > _MAX_PATH:
        return None
    session = await Credential.get_or_none(
        id=session_id, user_id=user_id, kind=CredentialKind.SESSION
    )
    if session is None:
        return None
    form = await UnsavedForm.create(
        company_id=session.company_id,
        user_id=user_id,
        path=path,
        entries=json.dumps(entries),
        submitted_at=await database_time(),
    )
    own = UnsavedForm.filter(user_id=user_id).order_by("-submitted_at", "id")
    older = await own.offset(_MAX_PER_USER).limit(_MAX_PER_USER).values_list("id", flat=True)
    await UnsavedForm.filter(id__in=older).delete()
    id_: UUID = form.id
    return id_


async def kept_form(staff: Staff, id_: UUID, path: str) -> Entries:
    """Return a form that the caller submitted on this page within a day, or nothing."""
    form = await UnsavedForm.get_or_none(
        id=id_,
        user_id=staff.user_id,
        path=path,
        submitted_at__gt=await database_time() - UNSAVED_FORM_TTL,
    )
    return [] if form is None else [(name, value) for name, value in json.loads(form.entries)]
