"""Idempotency keys: a request that is repeated with the same key has no further effect."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

import orjson

from auth.staff import Staff
from db.transactions import takes_locks
from errors import BadInput, Conflict, Text
from models import (
    Announcement,
    Answer,
    Company,
    Credential,
    CreditApplication,
    CreditNote,
    CreditPayout,
    Customer,
    EmailDelivery,
    Invoice,
    Payment,
    Quote,
    Reversal,
    StripeRefund,
    Webhook,
    WriteOff,
)
from services.common.validation import clean_optional

RowT = TypeVar(
    "RowT",
    Announcement,
    Answer,
    Credential,
    CreditApplication,
    CreditNote,
    CreditPayout,
    Customer,
    EmailDelivery,
    Invoice,
    Payment,
    Quote,
    Reversal,
    StripeRefund,
    Webhook,
    WriteOff,
)


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """The client's key and a digest of the request; both None without a key."""

    key: str | None
    digest: str | None

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of the row that the request creates."""
        return {"idempotency_key": self.key, "idempotency_digest": self.digest}


def identify(key: str | None, *request: object) -> IdempotentRequest:
    """Return the identity of `request`. Raises BadInput for an empty key, or over 64 characters."""
    if key is None:
        return IdempotentRequest(None, None)
    key = clean_optional(key, "idempotencyKey", most=64)
    if key is None:
        raise BadInput(
            Text("An idempotency key can't be empty. Leave it out if you have none."),
            field="idempotencyKey",
        )
    return IdempotentRequest(key, sha256(orjson.dumps(request, default=str)).hexdigest())


async def find_earlier(model: type[RowT], staff: Staff, request: IdempotentRequest) -> RowT | None:
    """Return the row that an earlier request with this key created, or None.

    Requests take turns, so that of two concurrent ones the second sees the first one's row. Raises
    Conflict if the key was used for a different request.
    """
    if request.key is None:
        return None
    await lock_company(staff)
    row = await model.get_or_none(company_id=staff.company_id, idempotency_key=request.key)
    if row is not None and row.idempotency_digest != request.digest:
        raise Conflict(
            Text("This idempotency key was used for a different request."), field="idempotencyKey"
        )
    return row


async def lock_company(staff: Staff) -> Company:
    """Return the company, locked until the transaction ends, after waiting for other transactions.

    Take this lock before any other, so that two transactions can't deadlock.
    """
    companies = Company.select_for_update(no_key=True) if takes_locks() else Company.all()
    return await companies.get(id=staff.company_id)
