"""What clients asked for, and what they were told."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

_IN_DOUBT: Final = frozenset({"INTERNAL", "UNAVAILABLE", "vanished", "timeout"})
_PREFIXES_IN_DOUBT: Final = ("net:", "http:5")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. `code` is that of its error, or says why there is none."""

    data: Any = None
    code: str | None = None
    detail: str = ""

    @property
    def is_done(self) -> bool:
        """Whether the request was acknowledged."""
        return self.code is None

    @property
    def is_in_doubt(self) -> bool:
        """Whether the request may or may not have had its effect."""
        return self.code is not None and (
            self.code in _IN_DOUBT or self.code.startswith(_PREFIXES_IN_DOUBT)
        )


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has ended. Times are those of the event loop."""

    operation: str
    portal: int
    started: float
    seconds: float
    code: str | None
    detail: str


@dataclass(slots=True)
class Keyed:
    """A request with an idempotency key, which has one effect however often it is sent."""

    operation: str
    key: str
    variables: dict[str, Any]
    answer: Answer = field(default_factory=lambda: Answer(code="vanished"))
    told: Any = None
    """What the first acknowledgement said."""


@dataclass(slots=True)
class Link:
    """The link of an invoice."""

    invoice_id: str
    token: str
    is_revoking: bool = False
    """Whether somebody has asked to revoke it."""
    is_revoked: bool = False
    """Whether that was acknowledged."""


@dataclass(slots=True)
class SharedInvoice:
    """An issued invoice and its present link."""

    id: str
    link: Link
    is_for_checkout: bool
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """For changes of the link, which must not cross."""


@dataclass(slots=True)
class Journal:
    """Everything that a check compares with what is stored."""

    requests: list[Request] = field(default_factory=list)
    keyed: list[Keyed] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)
    """The number of each invoice whose issue was acknowledged, by its id."""
    links: list[Link] = field(default_factory=list)
    invoices: list[SharedInvoice] = field(default_factory=list)
    views: dict[str, bool] = field(default_factory=dict)
    """Whether a view was acknowledged, by the address that it came from."""
    pages: dict[str, Link] = field(default_factory=dict)
    """The link of each page that was shown, by the address that it was shown to."""
    wrong: list[str] = field(default_factory=list)
    """What was seen at once to be wrong."""

    def errors(self, since: float = 0.0) -> Counter[str]:
        """Count the requests without a proper answer that began after `since`."""
        return Counter(
            request.code
            for request in self.requests
            if request.code and request.started >= since and Answer(code=request.code).is_in_doubt
        )
