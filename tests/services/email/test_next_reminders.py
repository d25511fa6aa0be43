"""Runs that read only the invoices whose day has come find what all open invoices would give."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import Company, EmailDelivery, Invoice, Payment
from services.email import next_reminders, reminders
from services.email.next_reminders import plan_reminders
from services.email.reminders import due_reminders, queue_reminders
from services.ledger import reminder_dates
from services.ledger.reminder_dates import compare_reminders
from tests.services.email.test_emails import SEND, new_address
from tests.services.email.test_reminders import business, due, make_overdue
from tests.support.clients import EMAIL_LIMITS, Business, GraphQLFailed

__all__ = ["business"]

_INVOICES: Final = 3
_STAGES: Final = ("-3 1 7 14", "7", "5 14", "-10 60", "")
_AGO: Final = timedelta(days=4)
"""How long ago everything happened, so that clients may hear of it again."""


class _Days:
    """What happens to a company's invoices, day by day."""

    def __init__(self, business: Business, invoice_ids: Sequence[str]) -> None:
        self._business = business
        self.ids = invoice_ids
        self._today = datetime.now(UTC).date()

    async def share(self, id_: str, _: int) -> None:
        """Give an invoice a link."""
        await self._business.share(id_)

    async def revoke(self, id_: str, _: int) -> None:
        """Take its link away."""
        await self._business.revoke(id_)

    async def send(self, id_: str, _: int) -> None:
        """Send it by e-mail."""
        await self._business.mutate("sendInvoice", "SendInvoiceInput", SEND, invoiceId=id_)

    async def remind(self, id_: str, _: int) -> None:
        """Send a reminder by hand."""
        await self._business.mutate("sendReminder", "InvoiceRef", SEND, invoiceId=id_)

    async def pay(self, id_: str, _: int) -> None:
        """Record a payment."""
        await self._business.pay(id_, "100")

    async def take_back(self, id_: str, _: int) -> None:
        """Reverse its last payment, so that it is open again."""
        payment = await Payment.filter(invoice_id=id_).order_by("-created_at").first()
        if payment is None:
            return
        selection = ("reversePayment", "ReversePaymentInput", "{ invoice { id } }")
        await self._business.mutate(*selection, paymentId=str(payment.id), reason="typo")

    async def cancel(self, id_: str, _: int) -> None:
        """Cancel it."""
        selection = ("cancelInvoice", "InvoiceRef", "{ invoice { id } }")
        await self._business.mutate(*selection, invoiceId=id_)

    async def run(self, _: str, __: int) -> None:
        """Queue the reminders that are due."""
        async for each in due_reminders(self._today, plan=True):
            await queue_reminders(each, limits=EMAIL_LIMITS)

    async def plan(self, _: str, __: int) -> None:
        """Get as far as a run that dies before it queues anything."""
        await plan_reminders(self._today)

    async def choose(self, _: str, number: int) -> None:
        """Choose other stages for the company, or none."""
        days = _STAGES[number % len(_STAGES)]
        await Company.filter(id=self._business.company_id).update(reminder_days=days)

    async def wait(self, _: str, number: int) -> None:
        """Let days pass."""
        self._today += timedelta(days=number)

    async def check(self) -> None:
        """Compare what is found by days with what is found among all open invoices."""
        at = datetime.now(UTC) - _AGO
        await Invoice.filter(id__in=self.ids, shared_at__isnull=False).update(shared_at=at)
        await EmailDelivery.filter(invoice_id__in=self.ids).update(created_at=at)
        for days in (0, 1, 6, 50):
            today = self._today + timedelta(days=days)
            assert await self._due(today) == await self._due_of_all(today)
        with patch.object(reminder_dates, "today_in", lambda _: self._today):
            ids = list(map(UUID, self.ids))
            assert [found async for found in compare_reminders(ids) if found] == []

    async def _due(self, today: date) -> set[tuple[UUID, int]]:
        return {(each.invoice.id, each.stage) for each in await due(self._business, today)}

    async def _due_of_all(self, today: date) -> set[tuple[UUID, int]]:
        async def all_companies() -> set[UUID]:
            return {self._business.company_id}

        with patch.object(reminders, "companies_to_plan", all_companies):
            return await self._due(today)


_ACTIONS: Final = (
    *(_Days.share, _Days.revoke, _Days.send, _Days.remind, _Days.pay, _Days.take_back),
    *(_Days.cancel, _Days.run, _Days.run, _Days.run, _Days.plan, _Days.choose),
    *(_Days.wait, _Days.wait),
)
_steps = st.lists(
    st.tuples(st.sampled_from(_ACTIONS), st.integers(0, _INVOICES - 1), st.integers(0, 20)),
    min_size=5,
    max_size=25,
)


@pytest.mark.timeout(600)
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(_steps)
async def test_whatever_happens_the_same_reminders_are_due(
    business: Business, steps: list[tuple[Callable[..., Awaitable[None]], int, int]]
) -> None:
    await Company.filter(id=business.company_id).update(reminder_days=_STAGES[0])
    days = _Days(
        business, [await make_overdue(business, new_address(), -2) for _ in range(_INVOICES)]
    )
    await days.plan("", 0)
    for action, which, number in steps:
        with suppress(GraphQLFailed):
            await action(days, days.ids[which], number)
        await days.check()


async def test_stages_that_are_chosen_again_after_an_interrupted_run_are_planned_anew(
    business: Business,
) -> None:
    company = Company.filter(id=business.company_id)
    await company.update(reminder_days="1")
    days = _Days(business, [await make_overdue(business, new_address(), 2)])
    await days.plan("", 0)
    await company.update(reminder_days="60")
    write = next_reminders._write

    async def write_and_fail(*args: Any) -> bool:
        await write(*args)
        raise InterruptedError

    with patch.object(next_reminders, "_write", write_and_fail), pytest.raises(InterruptedError):
        await days.plan("", 0)
    await company.update(reminder_days="1")
    await days.check()
