"""Something that has happened to an object, and the event that tells of it."""

from dataclasses import dataclass
from typing import Any

from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.settings import API_VERSION
from dev.stripe_sandbox.store import Account, Object, visible


@dataclass(frozen=True, slots=True)
class Cause:
    """The API request that made something happen, if one did."""

    request_id: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """A type of event with the object as it was at that moment."""

    type: str
    object: Object
    previous: dict[str, Any] | None = None


def happened(type_: str, to: Object, **previous: str | int) -> Happening:
    """Note what happened to an object, as it is now; `previous` is what it was before."""
    return Happening(type_, visible(to), previous or None)


def event_of(happening: Happening, account: Account, now: int, cause: Cause) -> Object:
    """Return the event that tells of a happening on `account`."""
    told: Object = {"object": happening.object}
    if happening.previous:
        told["previous_attributes"] = happening.previous
    event = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": now,
        "data": told,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": cause.request_id, "idempotency_key": cause.idempotency_key},
        "type": happening.type,
    }
    if account:
        event["account"] = account
    return event
