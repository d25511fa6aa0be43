"""Stripe's errors, as its API returns them (https://docs.stripe.com/api/errors).

StripeError
├── Unauthorized      401  no API key, or a wrong one
├── AccountInvalid    403  an account that does not exist or is disconnected
├── InvalidParameter  400  found before any work, so not stored under an idempotency key
├── InvalidState      400  the object does not allow this in its current state
├── ResourceMissing   404  no such object on this account
├── UnknownUrl        404  no such endpoint
├── IdempotencyError  400  the key belongs to a different request
├── KeyInUse          409  the first request with this key is still running
├── RateLimited       429  armed by a test
└── ServerError       500  armed by a test
"""

from typing import Any, ClassVar, Final

DOC_URL: Final = "https://stripe.com/docs/error-codes/"


class StripeError(Exception):
    """An error as Stripe words it."""

    status: ClassVar[int] = 400
    type: ClassVar[str] = "invalid_request_error"
    before_work: ClassVar[bool] = False
    """Whether no work had begun, so the same idempotency key can try again."""

    def __init__(self, message: str, *, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param

    def body(self) -> dict[str, Any]:
        """Return the JSON of the response."""
        error = {"message": self.message, "type": self.type}
        if self.code:
            error |= {"code": self.code, "doc_url": DOC_URL + self.code.replace("_", "-")}
        if self.param:
            error["param"] = self.param
        return {"error": error}


class Unauthorized(StripeError):
    """There is no API key, or a wrong one."""

    status = 401
    before_work = True


class AccountInvalid(StripeError):
    """The key may not perform for this account."""

    status = 403
    before_work = True

    def __init__(self, key: str, account: str) -> None:
        super().__init__(
            f"The provided key '{masked(key)}' does not have access to account '{account}' "
            "(or that account does not exist). Application access may have been revoked.",
            code="account_invalid",
        )


class InvalidParameter(StripeError):
    """A parameter is unknown, missing or wrong."""

    before_work = True


class InvalidState(StripeError):
    """The object does not allow this in its current state."""


class ResourceMissing(StripeError):
    """There is no such object on this account."""

    status = 404

    def __init__(self, kind: str, id_: str, param: str) -> None:
        message = f"No such {kind}: '{id_}'"
        super().__init__(message, code="resource_missing", param=param)


class UnknownUrl(StripeError):
    """There is no endpoint at this URL."""

    status = 404
    before_work = True

    def __init__(self, method: str, path: str) -> None:
        super().__init__(
            f"Unrecognized request URL ({method}: {path}). Please redirect https://stripe.com/docs "
            "or we can help at https://support.stripe.com/."
        )


class IdempotencyError(StripeError):
    """The key was first used for a different request."""

    type = "idempotency_error"
    before_work = True


class KeyInUse(StripeError):
    """The first request with this key is still running."""

    status = 409
    before_work = True

    def __init__(self, key: str) -> None:
        super().__init__(
            "There is currently another in-progress request using this Idempotent Key (that "
            "probably means you submitted twice, and the other request is still going through): "
            f"{key}. Please try again later.",
            code="idempotency_key_in_use",
        )


class RateLimited(StripeError):
    """There were too many requests."""

    status = 429
    before_work = True

    def __init__(self) -> None:
        super().__init__(
            "Request rate limit exceeded. You can learn more about rate limits here "
            "https://stripe.com/docs/rate-limits.",
            code="rate_limit",
        )


class ServerError(StripeError):
    """Stripe failed."""

    status = 500
    type = "api_error"

    def __init__(self) -> None:
        super().__init__("An unknown error occurred")


def masked(key: str) -> str:
    """Return a key with its middle masked, for error messages."""
    return f"{key[:8]}{'*' * max(len(key) - 12, 0)}{key[-4:]}"
