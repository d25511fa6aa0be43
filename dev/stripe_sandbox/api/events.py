"""Events of an account."""

from fnmatch import fnmatchcase
from typing import Final

from dev.stripe_sandbox.api.calls import Call
from dev.stripe_sandbox.errors import InvalidParameter
from dev.stripe_sandbox.pagination import PAGE_FIELDS, TYPES, paginate
from dev.stripe_sandbox.params import Fields, boolean, text
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object

LIST: Final[Fields] = PAGE_FIELDS | {"delivery_success": boolean, "type": text, "types": TYPES}


def retrieve_event(sandbox: Sandbox, call: Call) -> Object:
    """Return the event in the path."""
    return sandbox.store.find("event", call.ids["id"], call.account)


def list_events(sandbox: Sandbox, call: Call) -> Object:
    """List events, all or those of some types or with a delivery state."""
    if "type" in call.params and "types" in call.params:
        message = "You may only specify one of these parameters: type, types."
        raise InvalidParameter(message, param="type")
    types = call.params.get("types", [call.params.get("type", "*")])
    events = [
        event
        for event in sandbox.store.filter("event", call.account)
        if any(fnmatchcase(event["type"], wanted) for wanted in types)
    ]
    if "delivery_success" in call.params:
        success = call.params["delivery_success"]
        events = [event for event in events if (event["pending_webhooks"] == 0) == success]
    return paginate(events, call.params, call.path, "event")
