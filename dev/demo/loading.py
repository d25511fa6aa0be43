"""Loads the tables into rows: services create them, then they are backdated.

Services use the current time. Backdating keeps the order, so all logs and counters stay correct.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Final
from uuid import UUID

from auth.client_info import ClientInfo
from auth.secrets import Passwords
from auth.staff import Staff, authenticate
from core.urls import Urls
from db.statements import execute, execute_many
from dev.demo import tables
from dev.demo.extras import add_credit, add_preference, add_quotes
from dev.demo.history import add_emails, backdate_events, backdate_others
from dev.demo.sandbox import ACCOUNT
from dev.demo.tables import Client, Outcome
from models import Credential, Customer, Invoice, Plan, User, ViewSource
from models.views import hour_of
from services.billing import customers, manual_payments
from services.billing import invoices as invoices_module
from services.billing.drafts import Period
from services.billing.invoices import InvoiceDraft
from services.billing.pricing import Discount, LineDraft
from services.company.companies import create_company
from services.company.company_settings import update_company
from services.company.logos import Logos
from services.sharing import links
from services.sharing.automation.detection import is_automated
from services.sharing.automation.suspicion import is_suspected
from services.sharing.new_views import NewView
from services.sharing.view_rows import write_views
from settings import Settings
from values.money import to_decimal
from values.taxes import TaxCategory

_OPENING: Final = time(9, 30, tzinfo=UTC)
_SHARED_INDEXES: Final = frozenset({0, 3, 7})
"""The invoices in each group of ten that have a link."""
_MAX_VIEWS: Final = 7
_READ_EACH: Final = 4
"""One view in so many wasn't read."""


@dataclass(frozen=True, slots=True)
class DemoData:
    """The key and the links that the demo prints."""

    api_key: str
    invoice_url: str
    invoice_token: UUID
    portal_url: str
    quote_url: str
    preferences_url: str


class DemoRandom:
    """Random values that are the same at every start; tokens have their own generator."""

    def __init__(self) -> None:
        # With this seed, the last shared invoice has a discount and a note.
        self.values = Random("13")  # noqa: S311  # predictable on purpose
        self._tokens = Random("links")  # noqa: S311  # links to sample data only

    def token(self) -> UUID:
        """Return the next token of a link, a UUID of version 4."""
        return UUID(int=self._tokens.getrandbits(128), version=4)


async def load(settings: Settings) -> DemoData:
    """Fill an empty database, and return what to print."""
    random, now = DemoRandom(), datetime.now(UTC)
    urls = Urls(settings.public_url)
    api_key = await _create_company()
    # What is done in the demo was done by its user.
    staff = replace(await authenticate(f"Bearer {api_key}"), name=tables.USER_NAME)
    await update_company(staff, tables.COMPANY)
    await Logos().replace(staff, tables.LOGO.read_bytes())
    clients = [(await _add_client(staff, client, random), client) for client in tables.CLIENTS]
    invoices = await _add_invoices(staff, clients, random, now)
    shared = [invoice for invoice in invoices if invoice.share_token is not None]
    await _backdate_audit_log()
    await _add_views(shared, random, now)
    invoice = shared[-1]
    assert invoice.share_token is not None
    quote = await add_quotes(staff, random.token)
    await add_credit(staff)
    customer = await Customer.get(email=tables.PORTAL_CUSTOMER)
    preference = await add_preference(customer, random.token)
    await add_emails(shared, now)
    await backdate_others(now)
    await backdate_events()
    return DemoData(
        api_key=api_key,
        invoice_url=urls.invoice(invoice.share_token),
        invoice_token=invoice.share_token,
        portal_url=urls.portal(customer.portal_token),
        quote_url=urls.quote(quote.share_token),
        preferences_url=urls.preferences(preference.token),
    )


async def _create_company() -> str:
    password_hash = await Passwords().hash(tables.PASSWORD)
    created = await create_company(
        tables.COMPANY_NAME,
        tables.EMAIL,
        password_hash,
        plan=Plan.PRO,
        currency="EUR",
        stripe_account=ACCOUNT,
    )
    await User.filter(company_id=created.company_id).update(name=tables.USER_NAME)
    await Credential.filter(company_id=created.company_id).update(name=tables.KEY_NAME)
    return created.api_key


async def _add_client(staff: Staff, client: Client, random: DemoRandom) -> Customer:
    details = customers.CustomerChanges(
        name=client.name,
        email=client.email,
        postal_address=client.address,
        vat_id=client.vat_id,
        tax_number=client.tax_number,
        buyer_reference=client.reference,
        language=client.language,
    )
    customer = await customers.create_customer(staff, details)
    since = datetime.now(UTC) - timedelta(days=400)
    changes: dict[str, object] = {"created_at": since}
    if client.has_portal:
        await links.share_portal(staff, str(customer.id))
        changes |= {"portal_token": random.token(), "portal_shared_at": since}
    await Customer.filter(id=customer.id).update(**changes)
    return customer


# --- invoices --------------------------------------------------------------------------------


async def _add_invoices(
    staff: Staff, clients: list[tuple[Customer, Client]], random: DemoRandom, now: datetime
) -> list[Invoice]:
    """Add the invoices with their outcomes and links, and return them, oldest first."""
    outcomes = [
        (days, outcome) for outcome, ages in tables.ISSUED_DAYS_AGO.items() for days in ages
    ]
    outcomes.sort(key=lambda entry: -entry[0])
    invoices = []
    for n, (days, outcome) in enumerate(outcomes):
        customer, client = clients[n % len(clients)]
        currency = client.currencies[n // len(clients) % len(client.currencies)]
        at = datetime.combine(now - timedelta(days=days), _OPENING) + timedelta(minutes=n)
        allow_partial = outcome is Outcome.PARTLY_PAID or n % 10 in _SHARED_INDEXES
        draft = _draft(
            str(customer.id),
            Decimal(client.tax),
            currency,
            at,
            random.values,
            allow_partial=allow_partial,
        )
        invoice = await invoices_module.create_invoice(staff, draft)
        minutes_ago = tables.PAID_MINUTES_AGO.get(days) if outcome is Outcome.PAID else None
        paid_at = now - timedelta(minutes=minutes_ago) if minutes_ago else None
        await _apply_outcome(staff, invoice, outcome, at, random.values, paid_at=paid_at)
        if outcome is not Outcome.DRAFT and n % 10 in _SHARED_INDEXES:
            await _share(staff, invoice, at, random)
        await _backdate_invoice(invoice, at)
        invoices.append(await Invoice.get(id=invoice.id))
    return invoices


def _draft(
    customer_id: str,
    tax: Decimal,
    currency: str,
    at: datetime,
    values: Random,
    *,
    allow_partial: bool,
) -> InvoiceDraft:
    lines = [
        LineDraft(
            description=description,
            quantity=Decimal(values.randint(minimum, maximum)),
            unit=unit,
            unit_price=_price(price, currency),
            tax_rate=tax,
            tax_category=None if tax else TaxCategory.OUT_OF_SCOPE,
        )
        for description, unit, minimum, maximum, price in values.sample(
            tables.SERVICES, values.randint(1, 5)
        )
    ]
    subtotal = sum((line.quantity * line.unit_price for line in lines), Decimal())
    _, step = tables.PRICES[currency]
    return InvoiceDraft(
        customer_id=customer_id,
        lines=lines,
        currency=currency,
        issue_date=at.date(),
        due_date=at.date() + timedelta(days=tables.DAYS_TO_PAY),
        discount=Discount(percent=Decimal(5) if values.random() < 1 / 3 else None),
        service_period=Period(
            start=at.date() - timedelta(days=tables.DAYS_OF_SERVICE), end=at.date()
        ),
        notes=values.choice((*tables.NOTES, None)),
        allow_partial_payment=allow_partial,
        minimum_payment=_rounded(subtotal / 10, step) if allow_partial else None,
    )


def _price(euros: str, currency: str) -> Decimal:
    rate, step = tables.PRICES[currency]
    return _rounded(Decimal(euros) * rate, step)


def _rounded(amount: Decimal, step: Decimal) -> Decimal:
    return (amount / step).to_integral_value() * step


async def _apply_outcome(
    staff: Staff,
    invoice: Invoice,
    outcome: Outcome,
    at: datetime,
    values: Random,
    *,
    paid_at: datetime | None,
) -> None:
    """Issue, cancel or pay a draft, according to its outcome; None is some days after `at`."""
    invoice_id, total = str(invoice.id), to_decimal(invoice.total, invoice.currency)
    if outcome is Outcome.DRAFT:
        return
    await invoices_module.issue_invoice(staff, invoice_id)
    if outcome is Outcome.CANCELLED:
        await invoices_module.cancel_invoice(staff, invoice_id)
    if outcome in {Outcome.PAID, Outcome.PARTLY_PAID}:
        _, step = tables.PRICES[invoice.currency]
        amount = total if outcome is Outcome.PAID else _rounded(total * 2 / 5, step)
        received = at + timedelta(days=values.randint(3, 10), hours=values.randint(0, 6))
        method, reference = values.choice(tables.METHODS)
        await manual_payments.record_payment(
            staff,
            invoice_id,
            amount,
            method,
            received_at=paid_at or received,
            reference=reference,
            send_receipt=False,
        )


async def _share(staff: Staff, invoice: Invoice, at: datetime, random: DemoRandom) -> None:
    await links.share_invoice(staff, str(invoice.id))
    await Invoice.filter(id=invoice.id).update(share_token=random.token(), shared_at=at)


async def _backdate_invoice(invoice: Invoice, at: datetime) -> None:
    """Set the times of creating and issuing to `at`, and of cancelling to two days later."""
    await execute(
        "UPDATE invoice SET created_at = $1, updated_at = $1,"
        " issued_at = CASE WHEN issued_at IS NULL THEN NULL ELSE $1 END,"
        " cancelled_at = CASE WHEN cancelled_at IS NULL THEN NULL ELSE $2 END WHERE id = $3",
        at,
        at + timedelta(days=2),
        invoice.id,
    )


async def _backdate_audit_log() -> None:
    """Set the times of sharing in the audit log to those of the links."""
    await execute(
        "UPDATE audit_entry SET at = COALESCE("
        "(SELECT shared_at FROM invoice WHERE id = audit_entry.subject_id),"
        " (SELECT portal_shared_at FROM customer WHERE id = audit_entry.subject_id), at)"
    )


# --- views -----------------------------------------------------------------------------------


async def _add_views(shared: list[Invoice], random: DemoRandom, now: datetime) -> None:
    """Record the views in order, today's last."""
    views = [
        (at, view) for invoice in shared for at, view in _views_of(invoice, now, random.values)
    ]
    open_ = [invoice for invoice in shared if invoice.is_open]
    views += [
        (now - timedelta(minutes=minutes), _new_view(open_[n], *tables.HUMAN_VIEWERS[viewer]))
        for n, viewer, minutes in tables.RECENT_VIEWS
    ]
    views.sort(key=lambda entry: entry[0])
    await write_views([view for _, view in views])
    await _backdate_views([at for at, _ in views])


def _views_of(invoice: Invoice, now: datetime, values: Random) -> list[tuple[datetime, NewView]]:
    """Return some views by people, often after one by a bot, with their times."""
    shared_at, count = invoice.shared_at, values.randint(0, _MAX_VIEWS)
    assert shared_at is not None
    views = []
    if values.random() < 1 / 2:
        bot = _new_view(invoice, *values.choice(tables.BOT_VIEWERS))
        views.append((shared_at + timedelta(seconds=values.randint(2, 40)), bot))
    for _ in range(count):
        share = values.random() ** 2  # most people look soon
        at = shared_at + (now - timedelta(hours=1) - shared_at) * share
        views.append((at, _new_view(invoice, *values.choice(tables.HUMAN_VIEWERS))))
    return views


def _new_view(invoice: Invoice, ip: str, source: ViewSource, user_agent: str) -> NewView:
    client_info = ClientInfo(ip, user_agent)
    suspected = is_suspected(client_info, over_https=False)
    automated = is_automated(client_info, reported_by_client=source is ViewSource.API)
    return NewView(
        invoice_id=invoice.id,
        company_id=invoice.company_id,
        token=str(invoice.share_token),
        source=source,
        ip=ip,
        user_agent=user_agent,
        automated=automated or suspected,
        suspected=suspected,
    )


async def _backdate_views(times: list[datetime]) -> None:
    """Set the times of the views, in order, when most were read, and what derives from them."""
    await execute_many(
        "UPDATE invoice_view SET viewed_at = $1 WHERE sequence = $2",
        [(at, sequence) for sequence, at in enumerate(times, start=1)],
    )
    await execute_many(
        "UPDATE invoice_view SET read_at = $1 WHERE sequence = $2 AND NOT automated"
        " AND source <> 'API'",
        [
            (at + timedelta(seconds=3), sequence)
            for sequence, at in enumerate(times, start=1)
            if sequence % _READ_EACH
        ],
    )
    counted = "FROM invoice_view WHERE invoice_id = invoice.id AND NOT automated"
    await execute(
        f"UPDATE invoice SET first_viewed_at = (SELECT min(viewed_at) {counted}),"
        f" last_viewed_at = (SELECT max(viewed_at) {counted}),"
        f" read_count = (SELECT count(read_at) {counted}),"
        f" first_read_at = (SELECT min(read_at) {counted}) WHERE view_count > 0"
    )
    viewed = await Invoice.filter(last_viewed_at__isnull=False)
    await execute_many(
        "UPDATE invoice SET last_viewed_hour = $1 WHERE id = $2",
        [(hour_of(each.last_viewed_at), each.id) for each in viewed if each.last_viewed_at],
    )
    await execute("UPDATE view_feed SET viewed_at = $1", times[-1])
