"""Which users get e-mails about events, and the company's chat."""

from collections.abc import Collection
from typing import Final

from auth.permissions import Permission
from auth.staff import Staff
from db.transactions import transactional
from errors import BadInput, Forbidden, Text
from integrations.webhooks.addresses import CheckedAddresses
from models import AuditAction, User, Webhook, WebhookEvent, WebhookKind
from models.webhooks import dump_events
from services.identity.rights import lock_company, lock_rights
from services.webhooks.webhooks import (
    PERMISSIONS,
    check_address,
    clean_events,
    describe,
    note,
    note_wanted_views,
    start_afresh,
)

NOTICE_EVENTS: Final = (
    WebhookEvent.INVOICE_VIEWED,
    WebhookEvent.INVOICE_READ,
    WebhookEvent.PAYMENT_RECEIVED,
    WebhookEvent.PAYMENT_FAILED,
    WebhookEvent.QUOTE_ACCEPTED,
    WebhookEvent.QUOTE_DECLINED,
    WebhookEvent.QUESTION_ASKED,
)
"""The events that people can get messages about. Of the times that an invoice is
opened or read, only the first is one."""


async def notices_of(staff: Staff) -> list[WebhookEvent]:
    """Return the events about which the signed-in user gets e-mails."""
    if not staff.is_person or staff.user_id is None:
        return []
    webhook = await Webhook.get_or_none(user_id=staff.user_id)
    return webhook.events if webhook else []


async def desktop_events_of(staff: Staff) -> list[WebhookEvent]:
    """Return the events that the dashboard notifies the signed-in user about."""
    if not staff.is_person or staff.user_id is None:
        return []
    user = await User.get(id=staff.user_id)
    return list(map(WebhookEvent, user.desktop_event_names.split()))


@transactional
async def choose_notices(
    staff: Staff,
    events: Collection[WebhookEvent],
    desktop_events: Collection[WebhookEvent] | None = None,
) -> list[WebhookEvent]:
    """Choose the events about which the signed-in user gets e-mails, and return them.

    `desktop_events` are those that the dashboard notifies them about; None leaves these as they
    are. Raises Forbidden for an API key, and BadInput for an event that has no messages.
    """
    if not staff.is_person or staff.user_id is None:
        raise Forbidden(Text("Only a signed-in user can choose this."))
    _check(events)
    user = await User.select_for_update(no_key=True).get(id=staff.user_id)
    if desktop_events is not None:
        _check(desktop_events, field="desktopEvents")
        user.desktop_event_names = dump_events(desktop_events)
        await user.save(update_fields=["desktop_event_names"])
    webhook = await Webhook.select_for_update(no_key=True).get_or_none(user_id=staff.user_id)
    if not events:
        if webhook is not None:
            await webhook.delete()
        return []
    if webhook is None:
        webhook = Webhook(
            company_id=staff.company_id, kind=WebhookKind.EMAIL, user_id=staff.user_id
        )
    webhook.event_names = dump_events(events)
    await webhook.save()
    await note_wanted_views(webhook)
    return webhook.events


async def chat_of(staff: Staff, *, lock: bool = False) -> Webhook | None:
    """Return the company's chat, if it has one, locked if `lock` is set."""
    chats = Webhook.filter(id=staff.company_id, kind=WebhookKind.CHAT)
    return await (chats.select_for_update(no_key=True) if lock else chats).first()


async def set_chat(
    staff: Staff, addresses: CheckedAddresses, url: str | None, events: Collection[WebhookEvent]
) -> Webhook | None:
    """Post messages about `events` to `url`, an incoming webhook of Slack or a compatible chat.

    None removes the chat. Raises Forbidden, and with a URL PasswordRequired, and BadInput for a URL
    that can't be used or for no events.
    """
    staff.require(Permission.MANAGE_COMPANY)
    if url is None:
        await _remove_chat(staff)
        return None
    staff.require(*PERMISSIONS)
    _check(events)
    chat = await chat_of(staff)
    if chat is None or chat.url != url:
        staff.require_recent_password()
        await check_address(addresses, url)
    return await _save_chat(staff, url, clean_events(events))


@transactional
async def _save_chat(staff: Staff, url: str, event_names: str) -> Webhook:
    await lock_company(staff.company_id)
    chat = await chat_of(staff, lock=True)
    if chat is None or chat.url != url:
        staff = await lock_rights(staff)
        staff.require(*PERMISSIONS)
    action = AuditAction.WEBHOOK_UPDATED if chat else AuditAction.WEBHOOK_CREATED
    if chat is None:
        chat = Webhook(id=staff.company_id, company_id=staff.company_id, kind=WebhookKind.CHAT)
    chat.url, chat.event_names, chat.enabled = url, event_names, True
    start_afresh(chat)
    await chat.save()
    await note(staff, action, chat, detail=describe(chat))
    await note_wanted_views(chat)
    return chat


@transactional
async def _remove_chat(staff: Staff) -> None:
    chat = await chat_of(staff, lock=True)
    if chat is not None:
        await note(staff, AuditAction.WEBHOOK_DELETED, chat)
        await chat.delete()


def _check(events: Collection[WebhookEvent], field: str = "events") -> None:
    if not set(events) <= set(NOTICE_EVENTS):
        raise BadInput(Text("There are no messages about this event."), field=field)
