"""Changes of objects, and the events that report them."""

from dataclasses import dataclass
from typing import Any

from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.objects.adaptive_pricing import as_of_version
from dev.stripe_sandbox.store import Account, Object, public_fields


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The API request that caused an event; both are None if no request did."""

    request_id: str | None = None
    idempotency_key: str | None = None


NO_REQUEST: RequestContext = RequestContext()


@dataclass(frozen=True, slots=True)
class ObjectEvent:
    """An event's type, with the object as it was when the event happened."""

    type: str
    object: Object
    previous_attributes: dict[str, Any] | None = None


def object_event(type_: str, changed: Object, **previous_attributes: str | int) -> ObjectEvent:
    """Return an event about the current state of an object."""
    return ObjectEvent(
        type=type_, object=public_fields(changed), previous_attributes=previous_attributes or None
    )


def to_stripe_event(
    object_event: ObjectEvent, account: Account, now: int, context: RequestContext, version: str
) -> Object:
    """Return Stripe's event object, in a version of its API, for what happened on `account`."""
    data: Object = {"object": as_of_version(object_event.object, version)}
    if object_event.previous_attributes:
        data["previous_attributes"] = object_event.previous_attributes
    event = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": version,
        "created": now,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": context.request_id, "idempotency_key": context.idempotency_key},
        "type": object_event.type,
    }
    if account:
        event["account"] = account
    return event
