"""E-mails to users about events: at most one an hour.

Events are queued as for a webhook. Once no more have come for a moment, all of them become one
e-mail, and the next one comes an hour later at the earliest.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from structlog import get_logger

from auth.permissions import Permission, parse_permissions
from core.urls import Urls
from db.availability import as_unavailable
from db.statements import database_time, execute_many
from db.transactions import transactional
from models import Company, User, Webhook, WebhookDelivery, WebhookDeliveryState
from services.common.notices import may_write_to, tell_news
from services.webhooks.delivery_queue import Lease
from services.webhooks.news import News, digest_subject, news_of

_QUIET: Final = timedelta(minutes=2)
"""How long to wait for further events after the last one …"""
_MAX_WAIT: Final = timedelta(minutes=15)
"""… but no event waits longer than this, unless there was an e-mail in the last hour."""
_BETWEEN: Final = timedelta(hours=1)
"""The shortest time from one e-mail to the next."""
_MAX_EVENTS: Final = 200
"""In one e-mail. The next one has the rest."""

log = get_logger(__name__)


@transactional
async def send_digest(lease: Lease, urls: Urls) -> None:
    """Queue an e-mail about all that is queued for a user, if it is time, and end the lease."""
    webhook = await Webhook.select_for_update(no_key=True).get_or_none(id=lease.webhook_id)
    if webhook is None or webhook.lease != lease.number:
        return
    of_webhook = WebhookDelivery.filter(webhook_id=webhook.id)
    queued = (
        await of_webhook.filter(state=WebhookDeliveryState.QUEUED)
        .order_by("sequence")
        .limit(_MAX_EVENTS)
    )
    last = await of_webhook.exclude(delivered_at=None).order_by("-delivered_at").first()
    now = await database_time()
    due = _due(queued, last) if queued else now
    webhook.next_attempt_at = max(due, now)
    await webhook.save(update_fields=["next_attempt_at"])
    if queued and due <= now:
        await _send(webhook, queued, urls, now)


def _due(queued: Sequence[WebhookDelivery], last: WebhookDelivery | None) -> datetime:
    """Return when the queued deliveries are to be sent, after the one that was sent `last`."""
    due = min(queued[-1].queued_at + _QUIET, queued[0].queued_at + _MAX_WAIT)
    if last is None or last.delivered_at is None:
        return due
    return max(due, last.delivered_at + _BETWEEN)


async def _send(
    webhook: Webhook, queued: Sequence[WebhookDelivery], urls: Urls, now: datetime
) -> None:
    news = {each.id: await _news_of(each, urls) for each in queued}
    told = [each for each in news.values() if each is not None]
    user = await User.get(id=webhook.user_id)
    may_see = Permission.VIEW_INVOICES in parse_permissions(user.permissions)
    if told and may_see and await may_write_to(user):
        company = await Company.get(id=webhook.company_id)
        key = f"{queued[0].id}:{queued[0].sequence}"
        await tell_news(user, digest_subject(company, len(told)), _text(told, urls), key)
        await execute_many(
            "UPDATE webhook_delivery SET state = 'DELIVERED', attempts = 1, delivered_at = $1,"
            " payload = $2 WHERE id = $3",
            [(now, each.sentence, id_) for id_, each in news.items() if each is not None],
        )
    # What isn't news leaves no trace.
    rest = WebhookDelivery.filter(id__in=list(news), state=WebhookDeliveryState.QUEUED)
    await rest.delete()


async def _news_of(delivery: WebhookDelivery, urls: Urls) -> News | None:
    """Return what to tell of an event. One that can't be told must not hold up the others."""
    try:
        return await news_of(delivery, urls)
    except Exception as error:
        if as_unavailable(error):
            raise
        log.exception("webhooks.not_rendered", delivery=str(delivery.id))
        return None


def _text(news: Sequence[News], urls: Urls) -> str:
    """Return the text of an e-mail, with the events in their order."""
    events = "\n\n".join(each.text for each in news)
    return f"{events}\n\nChoose what you get e-mails about: {urls.notices()}"
