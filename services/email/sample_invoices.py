"""Samples of invoices: what clients get, e-mailed to the user who asks, and when it is opened."""

from typing import Final
from uuid import uuid4

from auth.client_info import ClientInfo
from auth.staff import Staff
from core.rate_limits import RateLimiter
from core.urls import Urls
from db.statements import execute
from errors import Forbidden, Text
from models import EmailTextKind, SampleInvoice
from services.email.delivery_worker import DeliveryWorker
from services.email.trial_emails import send_test_email
from services.sharing.automation.detection import is_automated

_ADD: Final = """
    INSERT INTO sample_invoice (id, company_id, user_id, token, open_count)
    VALUES ($1, $2, $3, $4, 0) ON CONFLICT (user_id) DO NOTHING
"""
_NOTE_SENT: Final = """
    UPDATE sample_invoice SET sent_at = clock_timestamp(), open_count = 0, last_opened_at = NULL,
        last_user_agent = NULL
    WHERE user_id = $1
"""
_NOTE_OPEN: Final = """
    UPDATE sample_invoice SET open_count = open_count + 1, last_opened_at = clock_timestamp(),
        last_user_agent = $2
    WHERE id = $1
"""


async def send_sample_invoice(
    staff: Staff, *, worker: DeliveryWorker, rate_limiter: RateLimiter, urls: Urls
) -> SampleInvoice:
    """E-mail a sample of an invoice to the user who asks, and return it.

    Its link stays the same if it is sent again, and its opens are counted anew. Raises Forbidden
    for an API key, RateLimited, and Conflict if the mail server doesn't take it.
    """
    if staff.user_id is None:
        raise Forbidden(Text("Only signed-in users can send a test e-mail."))
    await execute(_ADD, uuid4(), staff.company_id, staff.user_id, uuid4())
    sample = await SampleInvoice.get(user_id=staff.user_id)
    await send_test_email(
        staff,
        EmailTextKind.INVOICE,
        None,
        worker=worker,
        rate_limiter=rate_limiter,
        urls=urls,
        link=urls.sample_invoice(sample.token),
    )
    await execute(_NOTE_SENT, staff.user_id)
    return await SampleInvoice.get(id=sample.id)


async def note_open(sample: SampleInvoice, client_info: ClientInfo) -> None:
    """Count an open of the sample, unless a program opens it."""
    if not is_automated(client_info):
        await execute(_NOTE_OPEN, sample.id, client_info.user_agent)
