"""Messages in a company's chat: at once, but at most one a minute.

What happens until the next one becomes a single message, so that a busy minute floods no chat.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import orjson

from core.urls import Urls
from models import WebhookDelivery
from services.webhooks.news import news_of

BETWEEN: Final = timedelta(minutes=1)
"""The shortest time from one message to the next."""
MAX_EVENTS: Final = 50
"""In one message. The next one has the rest."""


async def chat_payload(delivery: WebhookDelivery, urls: Urls) -> str | None:
    """Return the message about one event, or None if there is nothing to tell."""
    news = await news_of(delivery, urls)
    return None if news is None else _message(news.message)


def combined(payloads: Sequence[str]) -> str:
    """Return one message with the texts of several, in their order."""
    return _message("\n\n".join(orjson.loads(payload)["text"] for payload in payloads))


def _message(text: str) -> str:
    return orjson.dumps({"text": text}).decode()
