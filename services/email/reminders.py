"""Automatic reminders: one for each invoice and stage. Companies choose the stages."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from auth.staff import system_actor
from db.transactions import transactional
from models import (
    OPEN_STATUSES,
    Company,
    Customer,
    DeliveryState,
    EmailDelivery,
    EmailPreference,
    Invoice,
    MailKind,
)
from models.companies import today_of
from services.common.lookups import lock_document
from services.common.validation import normalize_address
from services.email.email_content import OPTED_OUT
from services.email.preferences import preference_for
from services.sharing import links

_BATCH: Final = 200
_ACTOR: Final = "invotify remind"


@dataclass(frozen=True, slots=True)
class Reminder:
    """An invoice whose customer is due a reminder."""

    invoice: Invoice
    stage: int
    """Days after the due date; negative is before it."""
    days_overdue: int
    """Negative before the due date."""

    @property
    def address(self) -> str | None:
        """The customer's e-mail address, if there is one."""
        return self.invoice.customer.email

    def __str__(self) -> str:
        """Return a line for people."""
        when = "due today"
        if self.days_overdue:
            when = f"{'overdue by' if self.days_overdue > 0 else 'due in'} {abs(self.days_overdue)}"
            when += " day" if abs(self.days_overdue) == 1 else " days"
        invoice = self.invoice
        return f"{invoice.company.name}: {invoice.number}, {invoice.customer.name}, {when}"


def stage_on(days_overdue: int, stages: Sequence[int]) -> int | None:
    """Return the latest stage that an invoice has reached. Earlier ones are not made up for."""
    return max((stage for stage in stages if stage <= days_overdue), default=None)


async def due_reminders(today: date | None = None) -> AsyncIterator[Reminder]:
    """Yield the reminders of all companies that are due and aren't queued yet.

    They are due today, which is each company's own.
    """
    async for company in Company.all().order_by("id"):
        if company.reminder_stages:
            async for reminder in _of_company(company, today or today_of(company)):
                yield reminder


async def _of_company(company: Company, today: date) -> AsyncIterator[Reminder]:
    stages = company.reminder_stages
    latest = today - timedelta(days=min(stages))
    last_id = UUID(int=0)
    while True:
        invoices = (
            await Invoice.filter(
                company_id=company.id,
                status__in=OPEN_STATUSES,
                due_date__lte=latest,
                id__gt=last_id,
            )
            .order_by("id")
            .limit(_BATCH)
            .select_related("customer")
        )
        if not invoices:
            return
        last_id = invoices[-1].id
        for reminder in await _unsent(_reminders(invoices, stages, today)):
            reminder.invoice.company = company
            yield reminder


def _reminders(
    invoices: Sequence[Invoice], stages: Sequence[int], today: date
) -> Sequence[Reminder]:
    reminders = []
    for invoice in invoices:
        assert invoice.due_date is not None
        if invoice.amount_pending >= invoice.amount_due:
            continue  # everything that is due is pending
        days_overdue = (today - invoice.due_date).days
        stage = stage_on(days_overdue, stages)
        if stage is not None:
            reminders.append(Reminder(invoice=invoice, stage=stage, days_overdue=days_overdue))
    return reminders


async def _unsent(reminders: Sequence[Reminder]) -> Sequence[Reminder]:
    """Return the reminders whose invoice has no delivery of their stage or a later one.

    There can be a later one if the company has changed its days since.
    """
    stages = await EmailDelivery.filter(
        invoice_id__in=[reminder.invoice.id for reminder in reminders], stage__isnull=False
    ).values_list("invoice_id", "stage")
    latest: dict[UUID, int] = {}
    for invoice_id, stage in stages:
        latest[invoice_id] = max(stage, latest.get(invoice_id, stage))
    return [r for r in reminders if r.stage > latest.get(r.invoice.id, r.stage - 1)]


async def describe_outcome(reminder: Reminder) -> str:
    """Return what would happen to the reminder now, in a few words."""
    if reminder.address is None:
        return "no e-mail address"
    preference = await EmailPreference.get_or_none(
        company_id=reminder.invoice.company_id, address=normalize_address(reminder.address)
    )
    category = MailKind.REMINDER.category
    return "due" if preference is None or preference.allows(category) else "skipped (opted out)"


async def queue_reminder(reminder: Reminder) -> EmailDelivery | None:
    """Queue the reminder, and share its invoice if it has no link.

    Returns None if it is queued already, if nothing is due any more, or without an address.
    """
    try:
        return await _queue(reminder)
    except IntegrityError:
        if await EmailDelivery.exists(invoice_id=reminder.invoice.id, stage=reminder.stage):
            return None
        raise


@transactional
async def _queue(reminder: Reminder) -> EmailDelivery | None:
    company = reminder.invoice.company
    actor = system_actor(company.id, _ACTOR)
    invoice = await lock_document(Invoice, actor, str(reminder.invoice.id))
    customer = await Customer.get(id=invoice.customer_id)
    if customer.email is None or not invoice.is_open:
        return None
    address = normalize_address(customer.email)
    language = customer.language_with(company)
    preference = await preference_for(company.id, address, language)
    is_allowed = preference.allows(MailKind.REMINDER.category)
    if is_allowed:
        await links.share_invoice(actor, str(invoice.id))
    return await EmailDelivery.create(
        company_id=company.id,
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        kind=MailKind.REMINDER,
        stage=reminder.stage,
        recipient=address,
        status=DeliveryState.QUEUED if is_allowed else DeliveryState.SKIPPED,
        detail=None if is_allowed else OPTED_OUT,
        next_attempt_at=datetime.now(UTC) if is_allowed else None,
    )
