"""Signatures of events (https://docs.stripe.com/webhooks/signature)."""

import hmac
from hashlib import sha256


def sign(body: bytes, secret: str, now: int) -> str:
    """Return the `Stripe-Signature` header of a body sent at `now`, in seconds since 1970."""
    signed = f"{now}.".encode() + body
    return f"t={now},v1={hmac.new(secret.encode(), signed, sha256).hexdigest()}"
