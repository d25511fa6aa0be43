"""The errors that a caller can cause, each with its GraphQL code and its HTTP status.

    PortalError
    ├── Unauthenticated      401  no credential, or one that is unknown, expired or revoked
    ├── Forbidden            403  the credential lacks the permission
    ├── NotFound             404  unknown, revoked, draft or foreign: all alike
    ├── BadInput             400  the input breaks a rule; `field` names it
    │   ├── QueryTooComplex  400  the query asks for more than one request may
    │   └── BodyTooLarge     413  the request's body is larger than may be sent
    ├── Conflict             409  the state of things does not allow it
    ├── RateLimited          429  `retry_after` says when to come back, in seconds
    │   └── Busy             503  too many others are waiting for the same
    ├── AmountTooSmall       400
    ├── AmountTooLarge       400
    ├── PaymentUnavailable   409  plan, Stripe not connected, or nothing that can be paid
    └── PaymentProviderError 502  Stripe failed or can't be reached; nothing was charged

Raised where they are known; mapped once for GraphQL (`api/errors.py`) and once for plain HTTP
(`web/http/errors.py`). Everything else is a fault of ours and leaves as INTERNAL, masked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import ClassVar, TypeAlias

InputPath: TypeAlias = tuple[str | int, ...]
"""Where in the input something is: GraphQL names, and zero-based indexes of lists."""


class ErrorCode(StrEnum):
    """What a client program can act upon; the message beside it is for people."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    BAD_INPUT = "BAD_INPUT"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    PAYMENT_UNAVAILABLE = "PAYMENT_UNAVAILABLE"
    AMOUNT_TOO_SMALL = "AMOUNT_TOO_SMALL"
    AMOUNT_TOO_LARGE = "AMOUNT_TOO_LARGE"
    PAYMENT_PROVIDER_ERROR = "PAYMENT_PROVIDER_ERROR"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    INTERNAL = "INTERNAL"


class PortalError(Exception):
    """The root of the tree; raise one of its leaves."""

    code: ClassVar[ErrorCode]
    status: ClassVar[int]
    default_message: ClassVar[str]

    def __init__(
        self,
        message: str | None = None,
        *,
        field: str | None = None,
        path: InputPath = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message or self.default_message)
        self.message = message or self.default_message
        self.path = path or ((field,) if field else ())
        self.retry_after = retry_after

    @property
    def field(self) -> str | None:
        """The path of the input at fault, as GraphQL's clients read it: "lines.3.quantity"."""
        return ".".join(map(str, self.path)) or None

    @property
    def extensions(self) -> dict[str, str | int]:
        """The `extensions` of the GraphQL error: `code`, and `field` or `retryAfter` if known."""
        extensions: dict[str, str | int] = {"code": self.code.value}
        if self.field is not None:
            extensions["field"] = self.field
        if self.retry_after is not None:
            extensions["retryAfter"] = self.retry_after
        return extensions


class Unauthenticated(PortalError):
    """No credential, or one that is unknown, expired or revoked."""

    code = ErrorCode.UNAUTHENTICATED
    status = 401
    default_message = "Sign in, or send a valid API key."


class Forbidden(PortalError):
    """The credential is good but lacks the permission."""

    code = ErrorCode.FORBIDDEN
    status = 403
    default_message = "You don't have the permission for this."


class NotFound(PortalError):
    """Unknown, revoked, draft or another company's: never says which."""

    code = ErrorCode.NOT_FOUND
    status = 404
    default_message = "Not found."


class BadInput(PortalError):
    """The input breaks a rule; `path` leads to the input at fault."""

    code = ErrorCode.BAD_INPUT
    status = 400
    default_message = "The input is not valid."


class QueryTooComplex(BadInput):
    """The query is deeper, wider or longer than one request may be; the message has the figures."""

    code = ErrorCode.QUERY_TOO_COMPLEX
    default_message = "The query is too complex."


class BodyTooLarge(BadInput):
    """The request's body is larger than what may be sent there; the message has the figure."""

    status = 413
    default_message = "The body is too large."


class Conflict(PortalError):
    """The state of the document does not allow the operation; nothing was changed."""

    code = ErrorCode.CONFLICT
    status = 409
    default_message = "The current state does not allow this."


class RateLimited(PortalError):
    """Too many of these from one place; `retry_after` is in seconds."""

    code = ErrorCode.RATE_LIMITED
    status = 429
    default_message = "Too many requests. Try again later."


class Busy(RateLimited):
    """Too many are waiting for what takes the processor long; `retry_after` is in seconds."""

    status = 503
    default_message = "Too much is going on at the moment. Try again shortly."


class AmountTooSmall(PortalError):
    """The amount is under what may be booked."""

    code = ErrorCode.AMOUNT_TOO_SMALL
    status = 400
    default_message = "The amount is too small."


class AmountTooLarge(PortalError):
    """The amount is over what is due."""

    code = ErrorCode.AMOUNT_TOO_LARGE
    status = 400
    default_message = "The amount is too large."


class PaymentUnavailable(PortalError):
    """This can't be paid online: the plan, Stripe not connected, or the invoice's own state."""

    code = ErrorCode.PAYMENT_UNAVAILABLE
    status = 409
    default_message = "This invoice can't be paid online."


class PaymentProviderError(PortalError):
    """Stripe failed or can't be reached; nothing was charged."""

    code = ErrorCode.PAYMENT_PROVIDER_ERROR
    status = 502
    default_message = "The payment provider does not answer. Nothing was charged. Try again later."


@contextmanager
def input_path(*prefix: str | int) -> Iterator[None]:
    """Put `prefix` before the path of a BadInput that is raised inside."""
    try:
        yield
    except BadInput as error:
        error.path = (*prefix, *error.path)
        raise
