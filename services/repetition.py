"""Making a thing once, however often it is asked for: an idempotency key names one attempt."""

from collections.abc import Mapping
from typing import TypeVar

from tortoise.models import Model

from auth.staff import Staff
from errors import Conflict
from services.text import clean_optional

M = TypeVar("M", bound=Model)


def clean_key(key: str | None) -> str | None:
    """Return the key that a client chose for an attempt, at most 64 characters."""
    return clean_optional(key, "idempotencyKey", most=64)


async def earlier(
    model: type[M], staff: Staff, key: str | None, columns: Mapping[str, object]
) -> M | None:
    """Return what an earlier attempt with this key has made, or None.

    Raises Conflict if that differs in `columns`: the key was used for something else.
    """
    if key is None:
        return None
    row = await model.filter(company_id=staff.company_id, idempotency_key=key).first()
    if row is not None and any(getattr(row, name) != value for name, value in columns.items()):
        message = "This idempotency key was used for something else."
        raise Conflict(message, field="idempotencyKey")
    return row
