"""API keys and the account that a call is for."""

import hmac
from base64 import b64decode

from starlette.requests import Request

from dev.stripe_sandbox.errors import Unauthorized, masked
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Account


def authenticate(sandbox: Sandbox, request: Request) -> Account:
    """Return the account that a request is for. Raises Unauthorized or AccountInvalid."""
    key = _key(request.headers.get("authorization", ""))
    if not key:
        raise Unauthorized(
            "You did not provide an API key. You need to provide your API key in the "
            "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
            "YOUR_SECRET_KEY')."
        )
    if not hmac.compare_digest(key.encode(), sandbox.settings.secret_key.encode()):
        raise Unauthorized(f"Invalid API Key provided: {masked(key)}")
    account = request.headers.get("stripe-account")
    return str(sandbox.account(account)["id"]) if account else None


def _key(authorization: str) -> str:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic":
        try:
            return b64decode(credentials, validate=True).decode().partition(":")[0]
        except ValueError:
            return ""
    return ""
