"""Verifying that an event was sent by Stripe."""

from collections.abc import Sequence
from typing import Final

import stripe
from pydantic import SecretStr

_MAX_AGE: Final = 300
"""Seconds. An older signature may be a replay (Stripe's own default)."""


def is_signed(body: bytes, header: str | None, secrets: Sequence[SecretStr]) -> bool:
    """Whether `header`, a recent `Stripe-Signature`, signs `body` with one of `secrets`."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return any(_is_signed_with(text, header or "", secret) for secret in secrets)


def _is_signed_with(text: str, header: str, secret: SecretStr) -> bool:
    try:
        stripe.WebhookSignature.verify_header(text, header, secret.get_secret_value(), _MAX_AGE)
    except (stripe.SignatureVerificationError, ValueError, TypeError, OverflowError):
        return False
    return True
