"""Making a thing once, however often it is asked for: an idempotency key names one attempt."""

from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

import orjson

from auth.staff import Staff
from db.statements import fetch
from errors import Conflict
from models import (
    Announcement,
    CreditApplication,
    CreditNote,
    Customer,
    EmailDelivery,
    Invoice,
    Payment,
    Quote,
)
from services.common.validation import clean_optional

RowT = TypeVar(
    "RowT",
    Announcement,
    CreditApplication,
    CreditNote,
    Customer,
    EmailDelivery,
    Invoice,
    Payment,
    Quote,
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The key that a client chose for an attempt, and a digest of what it asked for with it."""

    key: str | None
    digest: str | None

    @property
    def columns(self) -> dict[str, str | None]:
        """What the row that the attempt makes remembers of it."""
        return {"idempotency_key": self.key, "idempotency_digest": self.digest}


def attempt(key: str | None, *request: object) -> Attempt:
    """Return the attempt to do what `request` says; BadInput for a key over 64 characters."""
    key = clean_optional(key, "idempotencyKey", most=64)
    if key is None:
        return Attempt(None, None)
    return Attempt(key, sha256(orjson.dumps(request, default=str)).hexdigest())


async def earlier(model: type[RowT], staff: Staff, attempt: Attempt) -> RowT | None:
    """Return what an earlier attempt with this key has made, or None.

    Attempts take turns, so that of two at once the second sees what the first has made. Raises
    Conflict if the key was used with another request.
    """
    if attempt.key is None:
        return None
    await lock_company(staff)
    row = await model.get_or_none(company_id=staff.company_id, idempotency_key=attempt.key)
    if row is not None and row.idempotency_digest != attempt.digest:
        raise Conflict("This idempotency key was used for something else.", field="idempotencyKey")
    return row


async def lock_company(staff: Staff) -> None:
    """Wait until no other transaction has locked the company; keep it locked until this one ends.

    To be taken before any other row is locked, so that two can't wait for one another.
    """
    await fetch("SELECT id FROM company WHERE id = $1 FOR NO KEY UPDATE", staff.company_id)
