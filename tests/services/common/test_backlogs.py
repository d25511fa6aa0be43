"""Queues are measured without what nobody is to work on."""

from db.statements import execute
from services.email import delivery_queue as emails
from services.webhooks import delivery_queue as webhooks
from tests.support.clients import Business
from tests.support.webhook_receiver import make_webhook


async def test_what_fails_is_measured_and_what_is_off_is_not(business: Business) -> None:
    before = (await webhooks.backlog()).length
    webhook_id, _ = await make_webhook(business, "http://127.0.0.1:9/", "INVOICE_ISSUED")
    await business.make_invoice()
    queued = await webhooks.backlog()
    assert queued.length == before + 1
    assert queued.oldest
    assert queued.due
    assert queued.oldest <= queued.due
    disable = "UPDATE company SET disabled_at = clock_timestamp() WHERE id = $1"
    await execute(disable, business.company_id)
    assert (await webhooks.backlog()).length == before
    await execute("UPDATE company SET disabled_at = NULL WHERE id = $1", business.company_id)
    await execute("UPDATE webhook SET enabled = false WHERE id = $1", webhook_id)
    assert (await webhooks.backlog()).length == before


async def test_announcements_are_a_queue_of_their_own(business: Business) -> None:
    assert business
    assert [each.queue for each in await emails.backlogs()] == ["email", "announcement"]
