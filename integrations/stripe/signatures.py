"""Verifying that an event was sent by Stripe."""

import time
from collections.abc import Sequence
from typing import Final

from pydantic import SecretStr

_TOLERANCE: Final = 300
"""Seconds. An older signature may be a replay (Stripe's own default), and one from the future could
be replayed for longer."""


def is_signed(body: bytes, header: str | None, secrets: Sequence[SecretStr]) -> bool:
    """Whether `header`, a `Stripe-Signature` of about now, signs `body` with one of `secrets`."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return any(_is_signed_with(text, header or "", secret) for secret in secrets)


def _is_signed_with(text: str, header: str, secret: SecretStr) -> bool:
    import stripe

    try:
        stripe.WebhookSignature.verify_header(text, header, secret.get_secret_value(), _TOLERANCE)
    except (stripe.SignatureVerificationError, ValueError, TypeError, OverflowError):
        return False
    return _signed_at(header) <= time.time() + _TOLERANCE


def _signed_at(header: str) -> int:
    """Return the time in a valid header, in seconds since 1970. As in the SDK, the first counts."""
    return int(next(item.split("=")[1] for item in header.split(",") if item.startswith("t=")))
