"""Automatic reminders: one for each invoice and stage. Companies choose the stages.

What is due for several invoices of a customer goes into one e-mail. Nobody is reminded

- of an invoice that was never sent, or whose link or last e-mail went out in the last three days,
- of money that the business has refunded,
- of less than can be paid online in that currency, or than the company's minimum,
- of what is pending, or
- of a stage for which staff have sent a reminder by hand.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from auth.staff import Staff, system_actor
from db.statements import database_time, fetch, id_of, placeholders
from db.transactions import transactional
from integrations.stripe.amounts import Limits
from integrations.stripe.currencies import SUPPORTED
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
from models.invoices import IS_OPEN
from services.billing.overview.follow_ups import QUIET_TIME
from services.common.lookups import get_owned
from services.common.validation import normalize_address, written_recipient
from services.company.company_settings import MAX_REMINDER_DAY, MIN_REMINDER_DAY
from services.email.daily_limits import DailyLimits
from services.email.email_content import OPTED_OUT
from services.email.next_reminders import (
    ACTOR,
    companies_that_remind,
    companies_to_plan,
    plan_reminders,
)
from services.email.preferences import preference_for
from services.ledger.reminder_dates import MAX_DELAY
from services.sharing import links

MAX_INVOICES: Final = 50
"""Invoices that one e-mail reminds of. The others follow in the next run."""
_LOOKED_UP: Final = 10_000
"""Invoices of a company that are found at once. More would only take memory."""
_BATCH: Final = 200
"""Invoices that are loaded at once."""
REMEMBERED: Final = timedelta(days=MAX_REMINDER_DAY - MIN_REMINDER_DAY) + MAX_DELAY
"""How long a reminder must be kept, so that its invoice doesn't get the same one again."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """An invoice whose customer is due a reminder."""

    invoice: Invoice
    stage: int
    """Days after the due date; negative is before it."""
    days_overdue: int
    """Negative before the due date."""

    def __str__(self) -> str:
        """Return a line for people."""
        when = "due today"
        if self.days_overdue:
            when = f"{'overdue by' if self.days_overdue > 0 else 'due in'} {abs(self.days_overdue)}"
            when += " day" if abs(self.days_overdue) == 1 else " days"
        invoice = self.invoice
        return f"{invoice.company.name}: {invoice.number}, {invoice.customer.name}, {when}"


@dataclass(frozen=True, slots=True)
class DueReminders:
    """The reminders of one customer, which go into one e-mail."""

    company: Company
    customer: Customer
    reminders: Sequence[Reminder]


@dataclass(frozen=True, slots=True)
class _History:
    """What a customer has heard of an invoice, and what was refunded."""

    last_stage: int | None
    """The latest stage of an automatic reminder."""
    reminded_at: datetime | None
    """When staff last sent a reminder by hand."""
    emailed_at: datetime | None
    """When the last e-mail about it was sent, automatic reminders aside."""
    refunded: int
    """In minor units."""


_NO_HISTORY: Final = _History(last_stage=None, reminded_at=None, emailed_at=None, refunded=0)


def stage_on(days_overdue: int, stages: Sequence[int]) -> int | None:
    """Return the latest stage that an invoice has reached. Earlier ones are not made up for."""
    return max((stage for stage in stages if stage <= days_overdue), default=None)


async def due_reminders(
    today: date | None = None,
    *,
    time_zones: Collection[str] | None = None,
    plan: bool = False,
) -> AsyncIterator[DueReminders]:
    """Yield the reminders of all companies that are due and aren't queued yet, by customer.

    They are due today, which is each company's own. `time_zones` limits the companies. With `plan`,
    the days of the next reminders are worked out first, so that later calls read less.
    """
    if plan:
        await plan_reminders(today, time_zones=time_zones)
    companies = await companies_that_remind(time_zones)
    to_plan = await companies_to_plan()  # afterwards, so that it has those that change meanwhile
    for company in companies:
        day = today or today_of(company)
        async for invoices in _by_customer(company, day, is_planned=company.id not in to_plan):
            if reminders := await _fair_reminders(company, invoices, day):
                yield DueReminders(
                    company=company, customer=invoices[0].customer, reminders=reminders
                )


async def describe_outcome(due: DueReminders) -> str:
    """Return what would happen to the reminders now, in a few words."""
    if due.customer.email is None:
        return "no e-mail address"
    preference = await EmailPreference.get_or_none(
        company_id=due.company.id, address=normalize_address(due.customer.email)
    )
    category = MailKind.REMINDER.category
    return "due" if preference is None or preference.allows(category) else "skipped (opted out)"


@transactional
async def queue_reminders(due: DueReminders, *, limits: DailyLimits) -> Sequence[EmailDelivery]:
    """Queue one e-mail with the reminders, and share their invoices if they have no link.

    Returns a delivery for each invoice that is still due a reminder; none without an address.
    Concurrent calls for a company take turns, so each reminder is queued once. Raises RateLimited
    over the day's limit.
    """
    actor = system_actor(due.company.id, ACTOR)
    quota = await limits.lock(actor)
    customer = await get_owned(Customer, actor, str(due.customer.id), lock=True)
    if customer.email is None:
        return []
    reminders = await _still_due(due, customer)
    if not reminders:
        return []
    address = normalize_address(customer.email)
    preference = await preference_for(due.company.id, address, customer.language_with(due.company))
    is_allowed = preference.allows(MailKind.REMINDER.category)
    if is_allowed:
        await quota.require(1)
        for reminder in reminders:
            await links.share_invoice(actor, str(reminder.invoice.id))
    return await _create(actor, customer, reminders, address, is_allowed=is_allowed)


# --- which are due --------------------------------------------------------------------------------


async def _by_customer(
    company: Company, today: date, *, is_planned: bool
) -> AsyncIterator[list[Invoice]]:
    """Yield the open invoices that weren't reminded of at their stage, a list for each customer.

    `is_planned`: only those whose day has come are read, and otherwise all that fell due within
    some time.
    """
    invoices: list[Invoice] = []
    async for ids in _unhandled_ids(company, today, is_planned=is_planned):
        rows = Invoice.filter(id__in=ids).order_by("customer_id", "id").select_related("customer")
        for _, group in groupby(await rows, key=lambda row: row.customer_id):
            mine = list(group)
            if invoices and invoices[0].customer_id != mine[0].customer_id:
                yield invoices
                invoices = []
            invoices += mine
    if invoices:
        yield invoices


async def _unhandled_ids(
    company: Company, today: date, *, is_planned: bool
) -> AsyncIterator[list[UUID]]:
    """Yield the ids of the invoices in batches, by customer and id."""
    stages = company.reminder_stages
    reached = [today - timedelta(days=stage) for stage in stages]
    cases = [
        f"WHEN due_date <= ${number} THEN {stage}" for number, stage in enumerate(stages, start=5)
    ]
    values, due_date = reached, "due_date"
    whose_day_has_come = ""
    if is_planned:
        # Not due_date itself, so that its index, which is of all invoices, isn't used.
        values, due_date = [*reached, today], "COALESCE(due_date, due_date)"
        whose_day_has_come = f" AND next_reminder_on <= ${4 + len(values)}"
    statement = (
        f"SELECT customer_id, id FROM invoice WHERE company_id = $1 AND {IS_OPEN.format(of='')}"
        f"{whose_day_has_come} AND {due_date} >= $2 AND {due_date} <= $5"
        " AND (customer_id, id) > ($3, $4)"
        " AND NOT EXISTS (SELECT 1 FROM email_delivery WHERE invoice_id = invoice.id"
        f" AND stage >= CASE {' '.join(reversed(cases))} END)"
        f" ORDER BY customer_id, id LIMIT {_LOOKED_UP}"
    )
    last = (UUID(int=0), UUID(int=0))
    first_due_date = reached[-1] - MAX_DELAY
    while found := await fetch(statement, company.id, first_due_date, *last, *values):
        ids = [id_of(row["id"]) for row in found]
        for start in range(0, len(ids), _BATCH):
            yield ids[start : start + _BATCH]
        if len(found) < _LOOKED_UP:
            return
        last = (id_of(found[-1]["customer_id"]), ids[-1])


async def _fair_reminders(
    company: Company, invoices: Sequence[Invoice], today: date
) -> Sequence[Reminder]:
    """Return the reminders that are due on `invoices`, the longest overdue first."""
    histories = await _histories([invoice.id for invoice in invoices])
    reminders = []
    for invoice in invoices:
        invoice.company = company
        assert invoice.due_date is not None
        history = histories.get(invoice.id, _NO_HISTORY)
        days_overdue = (today - invoice.due_date).days
        stage = stage_on(days_overdue, company.reminder_stages)
        if (
            stage is not None
            and not _is_handled(invoice, stage, history)
            and _was_sent(invoice, history)
            and _is_worth_it(invoice, history)
        ):
            reminders.append(Reminder(invoice=invoice, stage=stage, days_overdue=days_overdue))
    return sorted(reminders, key=lambda reminder: -reminder.days_overdue)[:MAX_INVOICES]


def _is_handled(invoice: Invoice, stage: int, history: _History) -> bool:
    """Whether the stage or a later one was sent, by the portal or by hand.

    There can be a later one if the company has changed its days since.
    """
    if history.last_stage is not None and history.last_stage >= stage:
        return True
    if history.reminded_at is None or invoice.due_date is None:
        return False
    reminded_on = history.reminded_at.astimezone(ZoneInfo(invoice.company.time_zone)).date()
    return reminded_on >= invoice.due_date + timedelta(days=stage)


def _was_sent(invoice: Invoice, history: _History) -> bool:
    """Whether the customer has had the invoice for long enough."""
    times = [at for at in (invoice.shared_at, history.emailed_at, history.reminded_at) if at]
    return bool(times) and max(times) + QUIET_TIME <= datetime.now(UTC)


def _is_worth_it(invoice: Invoice, history: _History) -> bool:
    """Whether something is due that can be paid and that the business hasn't refunded."""
    minimum: int = Limits.of(invoice.currency).minimum if invoice.currency in SUPPORTED else 1
    if invoice.currency == invoice.company.currency:
        minimum = max(minimum, invoice.company.minimum_reminder)
    return invoice.remaining >= minimum and invoice.remaining > history.refunded


async def _histories(invoice_ids: Sequence[UUID]) -> dict[UUID, _History]:
    """Return the history of each invoice that has one, in one statement."""
    ids = placeholders(1, len(invoice_ids))
    rows = await fetch(
        "SELECT invoice_id, MAX(stage) AS last_stage, MAX(reminded_at) AS reminded_at,"
        " MAX(emailed_at) AS emailed_at, SUM(refunded) AS refunded FROM ("
        " SELECT invoice_id, stage,"
        " CASE WHEN kind = 'REMINDER' AND stage IS NULL THEN created_at END AS reminded_at,"
        " CASE WHEN kind = 'INVOICE' THEN created_at END AS emailed_at, 0 AS refunded"
        f" FROM email_delivery WHERE invoice_id IN {ids}"
        " AND (stage IS NOT NULL OR status IN ('QUEUED', 'SENDING', 'SENT'))"
        " UNION ALL SELECT invoice_id, NULL, NULL, NULL, amount FROM reversal"
        f" WHERE kind = 'REFUND' AND invoice_id IN {ids}"
        ") AS entry GROUP BY invoice_id",
        *invoice_ids,
    )
    return {
        UUID(str(row["invoice_id"])): _History(
            last_stage=row["last_stage"],
            reminded_at=_time(row["reminded_at"]),
            emailed_at=_time(row["emailed_at"]),
            refunded=int(row["refunded"]),
        )
        for row in rows
    }


def _time(value: Any) -> datetime | None:  # noqa: ANN401  # SQLite has texts
    return datetime.fromisoformat(value) if isinstance(value, str) else value


# --- queuing --------------------------------------------------------------------------------------


async def _still_due(due: DueReminders, customer: Customer) -> Sequence[Reminder]:
    """Return the reminders that are due on the invoices as they are now, which locks them."""
    ids = sorted(reminder.invoice.id for reminder in due.reminders)
    rows = Invoice.filter(id__in=ids, status__in=OPEN_STATUSES).order_by("id")
    invoices = await rows.select_for_update(no_key=True)
    for invoice in invoices:
        invoice.customer = customer
    if not invoices:
        return []
    first = due.reminders[0]
    assert first.invoice.due_date is not None
    today = first.invoice.due_date + timedelta(days=first.days_overdue)
    return await _fair_reminders(due.company, invoices, today)


async def _create(
    actor: Staff,
    customer: Customer,
    reminders: Sequence[Reminder],
    address: str,
    *,
    is_allowed: bool,
) -> Sequence[EmailDelivery]:
    """Create a delivery for each reminder. All but the first are sent with the first."""
    deliveries: list[EmailDelivery] = []
    now = await database_time()
    for reminder in reminders:
        delivery = await EmailDelivery.create(
            company_id=actor.company_id,
            customer_id=customer.id,
            invoice_id=reminder.invoice.id,
            kind=MailKind.REMINDER,
            stage=reminder.stage,
            recipient=address,
            written_recipient=written_recipient(address, customer.email or address),
            status=DeliveryState.QUEUED if is_allowed else DeliveryState.SKIPPED,
            detail=None if is_allowed else OPTED_OUT,
            next_attempt_at=now if is_allowed else None,
            sent_with_id=deliveries[0].id if deliveries and is_allowed else None,
        )
        deliveries.append(delivery)
    return deliveries
