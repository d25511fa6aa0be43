"""The webhooks of a company: what staff do with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypedDict
from uuid import UUID

from tortoise.queryset import QuerySet

from auth.permissions import Permission
from auth.staff import Staff
from db.statements import database_time, execute
from db.transactions import transactional
from errors import BadInput, Conflict, NotFound, Refusals, Text, gather_refusals
from integrations.webhooks.addresses import AddressRefused, CheckedAddresses
from models import (
    AuditAction,
    Webhook,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookEvent,
    WebhookKind,
)
from models.webhooks import dump_events
from services.common import audit_log, idempotency
from services.common.idempotency import IdempotentRequest
from services.common.lookups import get_owned
from services.common.pages_of_each import PagesOfEach
from services.common.pagination import BY_SEQUENCE
from services.common.validation import clean_optional
from services.common.webhook_events import DELIVERIES_QUEUED, next_sequences, publish_test
from services.identity.rights import lock_rights
from services.webhooks.delivery_queue import host_of
from services.webhooks.signing import new_secret, rotate

PERMISSIONS: Final = (Permission.MANAGE_COMPANY, Permission.VIEW_INVOICES)
"""What choosing a URL or events takes, so that nobody sends out what they may not see."""
MAX_WEBHOOKS: Final = 20
"""Of one company."""
_MAX_DESCRIPTION: Final = 200
DELIVERIES: Final[Mapping[WebhookDeliveryState | None, PagesOfEach[WebhookDelivery]]] = {
    state: PagesOfEach(
        WebhookDelivery,
        "webhook_id",
        key=BY_SEQUENCE,
        where="true" if state is None else f"state = '{state}'",
    )
    for state in (None, *WebhookDeliveryState)
}
"""The deliveries of each webhook: all, and those in each state."""


class WebhookChanges(TypedDict, total=False):
    """What to change. Omitted keys stay as they are."""

    url: str
    events: Iterable[WebhookEvent]
    enabled: bool
    description: str | None


@dataclass(frozen=True, slots=True)
class IssuedWebhook:
    """A webhook and its secret, which is shown once."""

    webhook: Webhook
    secret: str


def webhooks_of(staff: Staff) -> QuerySet[Webhook]:
    """Return the company's webhooks."""
    return Webhook.filter(company_id=staff.company_id, kind=WebhookKind.EVENTS)


async def webhook_of(staff: Staff, webhook_id: str, *, lock: bool = False) -> Webhook:
    """Return one of the company's webhooks. Raises NotFound."""
    webhook = await get_owned(Webhook, staff, webhook_id, lock=lock)
    if webhook.kind is not WebhookKind.EVENTS:
        raise NotFound
    return webhook


async def create_webhook(
    staff: Staff,
    addresses: CheckedAddresses,
    url: str,
    events: Iterable[WebhookEvent],
    description: str | None = None,
    *,
    idempotency_key: str | None = None,
) -> IssuedWebhook:
    """Create a webhook, which gets `events` from now on.

    The same idempotency key returns the webhook that it created, with its secret. Raises
    PasswordRequired, Forbidden, BadInput for a URL that can't be used or for no events, and
    Conflict if the company has 20 webhooks.
    """
    staff.require(*PERMISSIONS)
    staff.require_recent_password()
    with gather_refusals() as refusals:
        names = refusals.of(clean_events, events) or ""
        description = refusals.of(_clean_description, description)
        request = idempotency.identify(idempotency_key, url, names, description)
        if earlier := await _find_earlier(staff, request):
            return IssuedWebhook(earlier, earlier.secret)
        await check_address(addresses, url)
    webhook = Webhook(
        company_id=staff.company_id,
        url=url,
        event_names=names,
        description=description,
        secret=new_secret(),
        **request.columns,
    )
    return await _create(staff, webhook, request)


@transactional
async def _find_earlier(staff: Staff, request: IdempotentRequest) -> Webhook | None:
    staff = await lock_rights(staff)
    staff.require(*PERMISSIONS)
    return await idempotency.find_earlier(Webhook, staff, request)


@transactional
async def _create(staff: Staff, webhook: Webhook, request: IdempotentRequest) -> IssuedWebhook:
    if earlier := await _find_earlier(staff, request):
        return IssuedWebhook(earlier, earlier.secret)
    if await webhooks_of(staff).count() >= MAX_WEBHOOKS:
        raise Conflict(
            Text("A company can have %(most)s webhooks. Delete one first.", most=MAX_WEBHOOKS)
        )
    await webhook.save(force_create=True)
    await note(staff, AuditAction.WEBHOOK_CREATED, webhook, detail=describe(webhook))
    await note_wanted_views(webhook)
    return IssuedWebhook(webhook, webhook.secret)


async def update_webhook(
    staff: Staff, addresses: CheckedAddresses, webhook_id: str, changes: WebhookChanges
) -> Webhook:
    """Change what is given. Enabling it or changing its URL makes it try again at once.

    Raises NotFound, BadInput, Forbidden, and for a new URL PasswordRequired.
    """
    staff.require(Permission.MANAGE_COMPANY)
    if "url" in changes or "events" in changes:
        staff.require(*PERMISSIONS)
    webhook = await webhook_of(staff, webhook_id)
    if changes.get("url") == webhook.url:
        del changes["url"]
    if "url" in changes:
        staff.require_recent_password()
    with gather_refusals() as refusals:
        columns = _columns(changes, refusals)
        if "url" in changes:
            await check_address(addresses, changes["url"])
    return await _update(staff, webhook_id, columns)


def _columns(changes: WebhookChanges, refusals: Refusals) -> dict[str, Any]:
    columns: dict[str, Any] = {
        name: value for name, value in changes.items() if name in {"url", "enabled"}
    }
    if "events" in changes:
        columns["event_names"] = refusals.of(clean_events, changes["events"])
    if "description" in changes:
        columns["description"] = refusals.of(_clean_description, changes["description"])
    return columns


@transactional
async def _update(staff: Staff, webhook_id: str, columns: Mapping[str, Any]) -> Webhook:
    if "url" in columns:
        staff = await lock_rights(staff)
        staff.require(*PERMISSIONS)
    webhook = await webhook_of(staff, webhook_id, lock=True)
    before = describe(webhook)
    webhook.update_from_dict(dict(columns))
    if columns.get("enabled") or "url" in columns:
        start_afresh(webhook)
    await webhook.save()
    after = describe(webhook)
    if after != before:
        await note(staff, AuditAction.WEBHOOK_UPDATED, webhook, detail=f"{before}\n→ {after}")
    await note_wanted_views(webhook)
    DELIVERIES_QUEUED.send_after_commit(staff.company_id)
    return webhook


@transactional
async def delete_webhook(staff: Staff, webhook_id: str) -> UUID:
    """Delete a webhook with its deliveries, and return its id. Raises NotFound."""
    webhook = await webhook_of(staff, webhook_id, lock=True)
    await note(staff, AuditAction.WEBHOOK_DELETED, webhook)
    deleted: UUID = webhook.id
    await webhook.delete()
    return deleted


@transactional
async def rotate_secret(staff: Staff, webhook_id: str) -> IssuedWebhook:
    """Replace the secret. For one day, deliveries are signed with the old one, too.

    Raises NotFound and PasswordRequired.
    """
    staff = await lock_rights(staff)
    webhook = await webhook_of(staff, webhook_id, lock=True)
    rotate(webhook, await database_time())
    await webhook.save(update_fields=["secret", "previous_secrets"])
    await note(staff, AuditAction.WEBHOOK_SECRET_ROTATED, webhook)
    return IssuedWebhook(webhook, webhook.secret)


@transactional
async def test_webhook(staff: Staff, webhook_id: str) -> Webhook:
    """Add a test to the end of the queue, and try at once.

    Raises NotFound, and Conflict if it is disabled.
    """
    webhook = await _lock_enabled(staff, webhook_id)
    publish_test(staff.company_id, webhook.events[0], webhook.id)
    return webhook


@transactional
async def replay_delivery(staff: Staff, delivery_id: str) -> Webhook:
    """Add a delivery to the end of the queue again, with the same id and payload.

    If it is still queued, it keeps its place. Raises NotFound, and Conflict if its webhook is
    disabled.
    """
    delivery = await get_owned(WebhookDelivery, staff, delivery_id)
    webhook = await _lock_enabled(staff, str(delivery.webhook_id))
    delivery = await get_owned(WebhookDelivery, staff, delivery_id, lock=True)
    DELIVERIES_QUEUED.send_after_commit(staff.company_id)
    if delivery.state is WebhookDeliveryState.QUEUED:
        return webhook
    sequence, now = await next_sequences(staff.company_id, 1)
    await WebhookDelivery.filter(id=delivery.id).update(
        state=WebhookDeliveryState.QUEUED,
        sequence=sequence,
        queued_at=now,
        attempts=0,
        delivered_at=None,
    )
    return webhook


async def _lock_enabled(staff: Staff, webhook_id: str) -> Webhook:
    """Return the webhook, locked, with its next attempt due now."""
    webhook = await webhook_of(staff, webhook_id, lock=True)
    if not webhook.enabled:
        raise Conflict(Text("This webhook is off. Turn it on first."))
    if webhook.failing_since is not None:
        _end_pause(webhook)
        await webhook.save(update_fields=["next_attempt_at", "lease"])
    return webhook


def start_afresh(webhook: Webhook) -> None:
    """Forget failures, and let the next attempt be due now. The webhook must be locked."""
    webhook.disabled_reason = None
    webhook.failing_since = None
    webhook.is_slow = False
    _end_pause(webhook)


def _end_pause(webhook: Webhook) -> None:
    """Let the next attempt be due now.

    A lease ends. So if an attempt that is being made fails, nothing follows from it, and it may be
    made again.
    """
    webhook.next_attempt_at = None
    webhook.lease += 1


async def note_wanted_views(webhook: Webhook) -> None:
    """Let views be published from now on if the webhook wants them. Locks the feed."""
    if WebhookEvent.INVOICE_VIEWED in webhook.events:
        await execute(
            "UPDATE view_feed SET tells_views = true WHERE company_id = $1", webhook.company_id
        )


async def check_address(addresses: CheckedAddresses, url: str) -> None:
    """Raise BadInput unless `url` is one that webhooks may have."""
    try:
        await addresses.check(url)
    except AddressRefused as refusal:
        raise BadInput(refusal.message, field="url") from refusal


def clean_events(events: Iterable[WebhookEvent]) -> str:
    """Return the stored form of `events`. Raises BadInput if there are none."""
    names = dump_events(events)
    if not names:
        raise BadInput(Text("Choose at least one event."), field="events")
    return names


def _clean_description(description: str | None) -> str | None:
    return clean_optional(description, "description", most=_MAX_DESCRIPTION)


def describe(webhook: Webhook) -> str:
    """Return what the audit log says about it. The path of its URL may be secret."""
    state = "on" if webhook.enabled else "off"
    return f"{host_of(webhook)} ({state}): {', '.join(webhook.events)}"


async def note(
    staff: Staff, action: AuditAction, webhook: Webhook, *, detail: str | None = None
) -> None:
    """Add an entry about a webhook to the audit log."""
    await audit_log.note(staff, action, webhook.id, host_of(webhook), detail=detail)
