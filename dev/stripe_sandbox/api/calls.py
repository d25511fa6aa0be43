"""An authenticated call of the API."""

from dataclasses import dataclass
from typing import Any

from dev.stripe_sandbox.events import RequestContext
from dev.stripe_sandbox.store import Account


@dataclass(frozen=True, slots=True)
class Call:
    """A call with its account, path parameters and validated parameters."""

    account: Account
    path: str
    ids: dict[str, str]
    params: dict[str, Any]
    context: RequestContext
