"""Telling Stripe's events from a stranger's."""

from collections.abc import Sequence
from typing import Final

import stripe
from pydantic import SecretStr

_TOLERANCE: Final = 300
"""Seconds: an older signature may be a recording (Stripe's own default)."""


def is_signed(body: bytes, header: str | None, secrets: Sequence[SecretStr]) -> bool:
    """Whether `header`, a `Stripe-Signature`, signs `body` with one of `secrets`, and lately."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return any(_is_signed_with(text, header or "", secret) for secret in secrets)


def _is_signed_with(text: str, header: str, secret: SecretStr) -> bool:
    try:
        stripe.WebhookSignature.verify_header(text, header, secret.get_secret_value(), _TOLERANCE)
    except (stripe.SignatureVerificationError, ValueError, TypeError, OverflowError):
        return False
    return True
