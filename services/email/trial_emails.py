"""Test e-mails: what a company's own text looks like, sent to whoever asks."""

from typing import Final

from limits import parse

from auth.staff import Staff
from core.hit_counters import Hit
from core.rate_limits import RateLimiter
from core.urls import Urls
from errors import Forbidden, Text
from models import Company, EmailTextKind, User
from services.email.delivery_worker import DeliveryWorker
from services.email.own_texts import clean_text_language, own_text
from services.email.samples import sample_email

_PER_HOUR: Final = parse("20/hour")
_PER_DAY: Final = parse("50/day")


async def send_test_email(
    staff: Staff,
    kind: EmailTextKind,
    language: str | None,
    *,
    worker: DeliveryWorker,
    rate_limiter: RateLimiter,
    urls: Urls,
    link: str | None = None,
) -> str:
    """Send a sample with the company's own text to the user who asks, and return their address.

    It leads to `link`, or without one to the dashboard. Raises BadInput, Forbidden for an API key,
    RateLimited, and Conflict if it can't be sent.
    """
    if staff.user_id is None:
        raise Forbidden(Text("Only signed-in users can send a test e-mail."))
    company = await Company.get(id=staff.company_id)
    base = clean_text_language(language, company)
    user = await User.get(id=staff.user_id)
    key = "test e-mail", str(user.id)
    await rate_limiter.hit_all(*(Hit(rate=rate, key=key) for rate in (_PER_HOUR, _PER_DAY)))
    text = await own_text(company, kind, base)
    await worker.send_test(
        await sample_email(company, kind, base, text, user.email, urls, link=link)
    )
    return user.email
