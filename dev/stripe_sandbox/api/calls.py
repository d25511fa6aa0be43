"""One request of the API, once it is known who asks for what."""

from dataclasses import dataclass
from typing import Any

from dev.stripe_sandbox.events import Cause
from dev.stripe_sandbox.store import Account


@dataclass(frozen=True, slots=True)
class Call:
    """A request's account, the parts of its path and its parameters, checked."""

    account: Account
    path: str
    ids: dict[str, str]
    params: dict[str, Any]
    cause: Cause
