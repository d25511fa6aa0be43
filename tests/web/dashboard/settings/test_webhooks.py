"""Webhooks in the dashboard."""

import re
from typing import Final

import pytest

from models import User, Webhook, WebhookDelivery
from tests.support.clients import Business
from tests.support.staff import Browser, token_in
from tests.support.webhook_receiver import delivered, make_webhook, receiving

_PATH: Final = "/dashboard/settings/webhooks"
_URL: Final = "http://127.0.0.1:9/webhooks"


async def _post(
    staff_client: Browser, path: str, page: str = _PATH, **fields: object
) -> tuple[int, str]:
    """Submit a form; return the status, and the page or the address that follows."""
    token = token_in((await staff_client.get(page)).text)
    response = await staff_client.http.post(path, data={"form_token": token, **fields})
    return response.status_code, response.headers.get("location") or response.text


async def test_a_webhook_is_created_and_its_secret_shown_once(
    staff_client: Browser, business: Business
) -> None:
    status, page = await _post(
        staff_client, _PATH, url=_URL, description="<Warehouse>", events=["INVOICE_PAID"]
    )
    webhook = await Webhook.get(company_id=business.company_id)
    assert (status, webhook.url, webhook.events) == (200, _URL, ["INVOICE_PAID"])
    assert re.findall(r'<code id="secret">([^<]+)</code>', page) == [webhook.secret]
    list_page = (await staff_client.get(_PATH)).text
    assert "&lt;Warehouse&gt;" in list_page
    assert webhook.secret not in list_page


@pytest.mark.parametrize(
    ("url", "events", "message"),
    [
        (_URL, [], 'id="events-help">Choose at least one event.'),
        (_URL, ["NONSENSE"], 'id="events-help">There is no such event.'),
        ("nonsense", ["INVOICE_PAID"], 'id="url-help">Enter a URL like'),
    ],
)
async def test_what_is_wrong_is_said_at_the_field(
    staff_client: Browser, business: Business, url: str, events: list[str], message: str
) -> None:
    status, page = await _post(staff_client, _PATH, url=url, events=events)
    assert status == 400
    assert message in page
    assert not await Webhook.filter(company_id=business.company_id).exists()


async def test_the_log_shows_answers_and_sends_again(
    staff_client: Browser, business: Business
) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        path = f"{_PATH}/{webhook_id}"
        assert await _post(staff_client, f"{path}/test", path) == (303, f"{path}?done=tested#log")
        [delivery] = await delivered(business, webhook_id)
        page = (await staff_client.get(path)).text
        assert _is_followed(page, waits=False)
        assert "webhook.test" in page
        assert "Delivered" in page
        assert f'href="{path}?state=failed#log">Failed<' in page
        failed = (await staff_client.get(f"{path}?state=failed")).text
        assert "Nothing failed in the last 30 days" in failed
        assert f'href="{path}?state=failed#log" aria-current="true">Failed<' in failed
        assert "webhook.test" in (await staff_client.get(f"{path}?state=delivered")).text
        replayed = await _post(staff_client, f"{path}/replay", path, delivery=delivery["id"])
        assert replayed == (303, f"{path}?done=replayed#log")
        await receiver.until(2)


async def test_the_log_waits_for_what_is_being_sent(
    staff_client: Browser, business: Business
) -> None:
    async with receiving() as receiver:
        receiver.answer = lambda _: None
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        path = f"{_PATH}/{webhook_id}"
        await _post(staff_client, f"{path}/test", path)
        await receiver.until(1)
        assert _is_followed((await staff_client.get(path)).text, waits=True)
        manager = User.filter(company_id=business.company_id)
        await manager.update(permissions="MANAGE_COMPANY")
        page = (await staff_client.get(path)).text
    assert ("data-updates=" in page, "data-unsettled" in page) == (False, True)


def _is_followed(page: str, *, waits: bool) -> bool:
    """Whether the log shows what happens, and looks again while something is being sent."""
    log = page.partition('id="log"')[2].partition("</section>")[0]
    assert ("data-unsettled" in log) is waits
    return "data-updates=" in page and " data-fresh>" in log


async def test_a_webhook_is_changed_switched_and_deleted(
    staff_client: Browser, business: Business
) -> None:
    webhook_id, secret = await make_webhook(business, _URL, "INVOICE_ISSUED")
    path = f"{_PATH}/{webhook_id}"
    edited = await _post(staff_client, f"{path}/edit", path, url=_URL, events=["INVOICE_PAID"])
    assert edited == (303, f"{path}?done=saved")
    assert (await _post(staff_client, f"{path}/switch", path, enabled="no"))[0] == 303
    webhook = await Webhook.get(id=webhook_id)
    assert (webhook.events, webhook.enabled) == (["INVOICE_PAID"], False)
    status, page = await _post(staff_client, f"{path}/secret", path)
    webhook = await Webhook.get(id=webhook_id)
    assert (status, webhook.secret in page, webhook.secret != secret) == (200, True, True)
    assert (await _post(staff_client, f"{path}/delete", path))[0] == 303
    assert not await Webhook.filter(id=webhook_id).exists()


async def test_webhooks_of_others_are_not_found(staff_client: Browser, rival: Business) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(rival, receiver.url, "INVOICE_ISSUED")
        await rival.make_invoice()
        [delivery] = await delivered(rival, webhook_id)
    path = f"{_PATH}/{webhook_id}"
    assert (await staff_client.get(path)).status_code == 404
    for action in ("edit", "switch", "test", "secret", "delete"):
        assert (await _post(staff_client, f"{path}/{action}"))[0] == 404
    assert (await _post(staff_client, f"{path}/replay", delivery=delivery["id"]))[0] == 404
    assert await WebhookDelivery.filter(webhook_id=webhook_id, state="DELIVERED").count() == 1


async def test_a_chat_is_set_up_and_removed(staff_client: Browser, business: Business) -> None:
    chat = f"{_PATH}/chat"
    saved = await _post(staff_client, chat, chat, url=_URL, events=["PAYMENT_RECEIVED"])
    assert saved == (303, f"{_PATH}?saved=chat#chat")
    assert _URL in (await staff_client.get(_PATH)).text
    assert (await _post(staff_client, chat, chat, url=_URL))[0] == 400
    assert (await Webhook.get(id=business.company_id)).events == ["PAYMENT_RECEIVED"]
    assert (await _post(staff_client, chat, chat, url=""))[0] == 303
    assert not await Webhook.filter(id=business.company_id).exists()


async def test_people_choose_what_they_get_emails_about(
    staff_client: Browser, business: Business
) -> None:
    page = "/dashboard/account/notices"
    saved = await _post(staff_client, page, page, events=["INVOICE_VIEWED", "QUOTE_ACCEPTED"])
    assert saved == (303, f"{page}?saved=yes")
    webhook = await Webhook.get(company_id=business.company_id)
    assert (webhook.kind, webhook.events) == ("EMAIL", ["INVOICE_VIEWED", "QUOTE_ACCEPTED"])
    assert (await staff_client.get(page)).text.count(" checked") == 2
