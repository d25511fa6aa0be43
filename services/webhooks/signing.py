"""The secrets of webhooks, and signatures according to Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import secrets
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from standardwebhooks import Webhook as Signer

from models import Webhook

_SECRET_BYTES: Final = 32
_OVERLAP: Final = timedelta(days=1)
"""How long deliveries are also signed with an earlier secret."""
_MAX_PREVIOUS: Final = 5


def new_secret() -> str:
    """Return a secret that nobody can guess."""
    return "whsec_" + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def rotate(webhook: Webhook, now: datetime) -> None:
    """Replace the secret. For one day, deliveries are signed with the old one, too."""
    earlier = [*_previous(webhook, now), (webhook.secret, now + _OVERLAP)][-_MAX_PREVIOUS:]
    webhook.previous_secrets = "\n".join(f"{secret} {end.isoformat()}" for secret, end in earlier)
    webhook.secret = new_secret()


def sign(webhook: Webhook, delivery_id: UUID, payload: str, now: datetime) -> dict[str, str]:
    """Return the headers that an attempt has at `now`, signed with each valid secret."""
    valid = [webhook.secret, *(secret for secret, _ in _previous(webhook, now))]
    signatures = [Signer(secret).sign(str(delivery_id), now, payload) for secret in valid]
    return {
        "webhook-id": str(delivery_id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _previous(webhook: Webhook, now: datetime) -> list[tuple[str, datetime]]:
    """Return the earlier secrets that still sign, and until when."""
    lines = (line.split() for line in webhook.previous_secrets.splitlines())
    earlier = [(secret, datetime.fromisoformat(end)) for secret, end in lines]
    return [(secret, end) for secret, end in earlier if end.astimezone(UTC) > now]
