"""The errors that a caller can cause, each with its GraphQL code and its HTTP status.

    PortalError
    ├── Unauthenticated       401  no credential, or one that is unknown, expired or revoked
    │   ├── CodeRequired      401  signing in needs a code of the second factor
    │   └── CodeWrong         401  the code is wrong or was used before
    ├── Forbidden             403  the credential lacks the permission
    │   ├── PasswordRequired  403  the session must give its password again
    │   └── SecondFactorRequired   403  the user must set up a second factor first
    ├── NotFound              404  unknown, revoked, a draft or another company's: all alike
    ├── BadInput              400  the input breaks a rule; `path` leads to it
    │   ├── CompanyRequired   400  signing in needs a choice of company
    │   ├── AmountRefused     400  an amount breaks a rule; `reason` and `limit` say which
    │   │   ├── AmountTooSmall
    │   │   └── AmountTooLarge
    │   ├── QueryTooComplex   400  the query exceeds the limits of one request
    │   ├── BodyTooLarge      413  the request's body exceeds its limit
    │   └── BodyEncoded       415  the request's body is compressed
    ├── Conflict              409  the current state doesn't allow the operation
    ├── RateLimited           429  too many requests; `retry_after` in seconds
    ├── Unavailable           503  the database is away, or time is up; a retry may succeed
    │   └── Busy              503  too many requests are waiting for the same resource
    ├── PaymentUnavailable    409  the invoice can't be paid online
    └── PaymentProviderError  502  Stripe failed or can't be reached; nothing was charged

AmountRefused and its two subclasses are in `values/money.py`, since they contain money, and those
about signing in in `auth/refusals.py`. Each error is raised where it is known, and mapped once for
GraphQL (`api/errors.py`) and once for plain HTTP (`web/http/errors.py`). So are the errors of a
database that is away, read-only, full or busy: both turn them into Unavailable
(`db/availability.py`). Any other exception is a bug; callers see it masked, as INTERNAL.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from itertools import islice
from typing import Any, ClassVar, Final, ParamSpec, Self, TypeAlias, TypeVar

ArgumentsP = ParamSpec("ArgumentsP")
ResultT = TypeVar("ResultT")

InputPath: TypeAlias = tuple[str | int, ...]
"""The place of a value in the input: GraphQL names, and zero-based indexes of lists."""


class Text(str):
    """A message in English that can be translated, by its `msgid` and `values`.

    Placeholders such as "%(amount)s" stand for the values. The catalogues of `i18n` have the
    translations.
    """

    __slots__ = ("msgid", "values")
    msgid: str
    values: Mapping[str, object]

    def __new__(cls, msgid: str, **values: object) -> Self:
        """Return the text with its `values`; numbers have their thousands separated."""
        shown = {name: f"{v:,}" if isinstance(v, int) else v for name, v in values.items()}
        text = super().__new__(cls, msgid % shown)
        text.msgid, text.values = msgid, values
        return text


class ErrorCode(StrEnum):
    """What a client program acts on; the message beside it is for people."""

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
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    BATCHING_NOT_SUPPORTED = "BATCHING_NOT_SUPPORTED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


INTERNAL_MESSAGE: Final = Text("Something went wrong on our side.")
"""What callers learn of any other exception."""


class PortalError(Exception):
    """The root of the tree; raise one of its leaves."""

    code: ClassVar[ErrorCode]
    status: ClassVar[int]
    default_message: ClassVar[str]
    reason: str | None = None
    """Which of an error's reasons it is, for programs, if it has several."""
    language: str | None = None
    """The language of the document that it is about, used if the caller asks for none."""

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
    def all(self) -> "tuple[PortalError, ...]":
        """This error, and the others that were found with it."""
        return (self,)

    @property
    def field(self) -> str | None:
        """The path as GraphQL clients get it: "lines.3.quantity"."""
        return ".".join(map(str, self.path)) or None

    @property
    def extensions(self) -> dict[str, Any]:
        """The GraphQL error's `extensions`."""
        return self.own_extensions

    @property
    def own_extensions(self) -> dict[str, Any]:
        """The `code`, and what is known beside it: `reason`, `field` and `retryAfter`."""
        extensions: dict[str, Any] = {"code": self.code.value}
        if self.reason is not None:
            extensions["reason"] = str(self.reason)
        if self.field is not None:
            extensions["field"] = self.field
        if self.retry_after is not None:
            extensions["retryAfter"] = self.retry_after
        return extensions


class Unauthenticated(PortalError):
    """There is no credential, or it is unknown, expired or revoked."""

    code = ErrorCode.UNAUTHENTICATED
    status = 401
    default_message: ClassVar[str] = Text("Sign in, or send a valid API key.")


class Forbidden(PortalError):
    """The credential is valid but lacks the permission."""

    code = ErrorCode.FORBIDDEN
    status = 403
    default_message: ClassVar[str] = Text("You don't have permission to do this.")


class NotFound(PortalError):
    """Unknown, revoked, a draft or another company's: never says which."""

    code = ErrorCode.NOT_FOUND
    status = 404
    default_message = Text("Not found.")


class BadInput(PortalError):
    """The input breaks a rule; `path` leads to the value at fault.

    Where several values are at fault, this is about the first, and `others` has the rest.
    """

    code = ErrorCode.BAD_INPUT
    status = 400
    default_message: ClassVar[str] = Text("The input isn't valid.")
    others: "tuple[BadInput, ...]" = ()

    @property
    def all(self) -> "tuple[BadInput, ...]":
        """This error, and those about other values at fault."""
        return (self, *self.others)

    @property
    def extensions(self) -> dict[str, Any]:
        """The GraphQL error's `extensions`, with all `errors` where several values are at fault."""
        if not self.others:
            return self.own_extensions
        errors = [{"message": each.message, **each.own_extensions} for each in self.all]
        return {**self.own_extensions, "errors": errors}


class QueryTooComplex(BadInput):
    """The query is deeper, wider or longer than one request may be; the message has figures."""

    code = ErrorCode.QUERY_TOO_COMPLEX
    default_message: ClassVar[str] = Text("The query is too complex.")


class BodyTooLarge(BadInput):
    """The request's body is larger than allowed there; the message has the limit."""

    status = 413
    default_message = Text("The body is too large.")


class BodyEncoded(BadInput):
    """The request's body has a Content-Encoding. Nothing that callers send is decompressed."""

    status = 415
    default_message = Text("Send the body without a Content-Encoding.")


class Conflict(PortalError):
    """The document's state doesn't allow the operation; nothing was changed."""

    code = ErrorCode.CONFLICT
    status = 409
    default_message = Text("The current state doesn't allow this.")


class RateLimited(PortalError):
    """One caller sends too many requests; `retry_after` is in seconds."""

    code = ErrorCode.RATE_LIMITED
    status = 429
    default_message = Text("Too many requests. Try again later.")


class Unavailable(PortalError):
    """The portal can't do this now: its database is away, read-only, full or busy, or time is up.

    The same request may succeed after `retry_after` seconds. Whether a change was made is unknown.
    """

    code = ErrorCode.UNAVAILABLE
    status = 503
    default_message = Text("This isn't available at the moment. Try again shortly.")

    def __init__(self, message: str | None = None, *, retry_after: int = 2) -> None:
        super().__init__(message, retry_after=retry_after)


class Busy(Unavailable):
    """Too many requests are waiting for work that takes long; `retry_after` is in seconds."""

    default_message = Text("The server is busy. Try again shortly.")


class PaymentUnavailable(PortalError):
    """The invoice can't be paid online: its state, the company's plan, or Stripe."""

    code = ErrorCode.PAYMENT_UNAVAILABLE
    status = 409
    default_message = Text("This invoice can't be paid online.")


class PaymentProviderError(PortalError):
    """Stripe failed or can't be reached; nothing was charged."""

    code = ErrorCode.PAYMENT_PROVIDER_ERROR
    status = 502
    default_message = Text(
        "The payment provider isn't answering. Nothing was charged. Try again later."
    )


@contextmanager
def worded_in(language: str) -> Iterator[None]:
    """Mark errors that are raised inside as being about a document in `language`."""
    try:
        yield
    except PortalError as error:
        error.language = language
        raise


# --- several wrong inputs at once -----------------------------------------------------------------

_MAX_REFUSALS: Final = 100
"""The most wrong inputs that a response reports, so that it stays small."""


@contextmanager
def input_path(*prefix: str | int) -> Iterator[None]:
    """Put `prefix` before the paths of a BadInput that is raised inside."""
    try:
        yield
    except BadInput as error:
        for refusal in error.all:
            refusal.path = (*prefix, *refusal.path)
        raise


class Refusals:
    """What is wrong with several inputs."""

    def __init__(self) -> None:
        self._refusals: dict[InputPath, BadInput] = {}

    def of(
        self,
        check: Callable[ArgumentsP, ResultT],
        *arguments: ArgumentsP.args,
        **named: ArgumentsP.kwargs,
    ) -> ResultT | None:
        """Return what `check` returns, or None if it raised a BadInput, which is kept."""
        try:
            return check(*arguments, **named)
        except BadInput as refusal:
            self.add(refusal)
            return None

    def add(self, refusal: BadInput) -> None:
        """Keep a refusal with its others, unless it is about an input that was refused before."""
        for each in refusal.all:
            self._refusals.setdefault(each.path, each)

    def raise_first(self) -> None:
        """Raise the first refusal with the others, if there is one."""
        if self._refusals:
            first, *others = islice(self._refusals.values(), _MAX_REFUSALS)
            first.others = tuple(others)
            raise first


@contextmanager
def gather_refusals() -> Iterator[Refusals]:
    """Raise what is wrong with all inputs that are checked inside as one BadInput at the end."""
    refusals = Refusals()
    try:
        yield refusals
    except BadInput as refusal:
        refusals.add(refusal)
    refusals.raise_first()
