"""From the tables to rows: made by the services, then moved into the past.

The services stamp everything with the time of now. What happened before today is set back
afterwards, in the order in which it was made, so that every log and counter stays true.
"""

from dataclasses import dataclass
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
from dev.demo.payments import ACCOUNT
from dev.demo.tables import Client, Fate
from models import Company, Credential, Customer, Invoice, Plan, User, ViewSource
from models.money import to_decimal
from services.billing import customers, manual_payments
from services.billing import invoices as invoices_module
from services.billing.invoices import InvoiceDraft
from services.billing.pricing import LineDraft
from services.company.companies import create_company
from services.company.logos import Logos
from services.sharing import links
from services.sharing.bot_detection import is_automated
from services.sharing.view_recorder import NewView, write_views
from settings import Settings

_OPENING: Final = time(9, 30, tzinfo=UTC)
_SHARED: Final = frozenset({0, 3, 7})
"""Which of each ten invoices have a link."""
_MOST_OPENS: Final = 7


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a visitor of the demo needs to know."""

    api_key: str
    invoice_url: str
    invoice_token: UUID
    portal_url: str
    quote_url: str
    preferences_url: str


class Dice:
    """Chance that falls alike at every start; links have dice of their own."""

    def __init__(self) -> None:
        # The seed is one whose last shared invoice has a discount and a note.
        self.story = Random("13")  # noqa: S311  # to be foreseen is the point
        self._links = Random("links")  # noqa: S311  # fixed links, to sample data only

    def token(self) -> UUID:
        """Return the next link's token, a UUID of version 4 like any other."""
        return UUID(int=self._links.getrandbits(128), version=4)


async def load(settings: Settings) -> Loaded:
    """Fill an empty database, and return what to show of it."""
    dice, now = Dice(), datetime.now(UTC)
    urls = Urls(settings.public_url)
    api_key = await _found()
    staff = await authenticate(f"Bearer {api_key}")
    await Logos().replace(staff, tables.LOGO.read_bytes())
    clients = [(await _add_client(staff, client, dice), client) for client in tables.CLIENTS]
    invoices = await _add_invoices(staff, clients, dice, now)
    shared = [invoice for invoice in invoices if invoice.share_token is not None]
    await _set_sharing_back()
    await _add_opens(shared, dice, now)
    shown = shared[-1]
    assert shown.share_token is not None
    quote = await add_quotes(staff, dice.token)
    await add_credit(staff)
    customer = await Customer.get(email=tables.PORTAL_SHOWN)
    preference = await add_preference(customer, dice.token)
    return Loaded(
        api_key=api_key,
        invoice_url=urls.invoice(shown.share_token),
        invoice_token=shown.share_token,
        portal_url=urls.portal(customer.portal_token),
        quote_url=urls.quote(quote.share_token),
        preferences_url=urls.preferences(preference.token),
    )


async def _found() -> str:
    password_hash = await Passwords().hash(tables.PASSWORD)
    created = await create_company(
        tables.COMPANY_NAME,
        tables.EMAIL,
        password_hash,
        plan=Plan.PRO,
        currency="EUR",
        stripe_account=ACCOUNT,
    )
    await Company.filter(id=created.company_id).update(**tables.COMPANY)
    await User.filter(company_id=created.company_id).update(name=tables.USER_NAME)
    await Credential.filter(company_id=created.company_id).update(name=tables.KEY_NAME)
    return created.api_key


async def _add_client(staff: Staff, client: Client, dice: Dice) -> Customer:
    details = customers.CustomerDetails(
        name=client.name,
        email=client.email,
        address=client.address,
        tax_id=client.tax_id,
        language=client.language,
    )
    customer = await customers.create_customer(staff, details)
    since = datetime.now(UTC) - timedelta(days=400)
    changes: dict[str, object] = {"created_at": since}
    if client.has_portal:
        await links.share_portal(staff, str(customer.id))
        changes |= {"portal_token": dice.token(), "portal_shared_at": since}
    await Customer.filter(id=customer.id).update(**changes)
    return customer


# --- invoices --------------------------------------------------------------------------------


async def _add_invoices(
    staff: Staff, clients: list[tuple[Customer, Client]], dice: Dice, now: datetime
) -> list[Invoice]:
    """Return the invoices as they end up, the oldest first."""
    fates = [(days, fate) for fate, ages in tables.ISSUED_DAYS_AGO.items() for days in ages]
    fates.sort(key=lambda entry: -entry[0])
    invoices = []
    for n, (days, fate) in enumerate(fates):
        customer, client = clients[n % len(clients)]
        currency = client.currencies[n // len(clients) % len(client.currencies)]
        at = datetime.combine(now - timedelta(days=days), _OPENING) + timedelta(minutes=n)
        partly = fate is Fate.PARTLY_PAID or n % 10 in _SHARED
        draft = _draft(
            str(customer.id), Decimal(client.tax), currency, at, dice.story, partly=partly
        )
        invoice = await invoices_module.create_invoice(staff, draft)
        await _live_through(staff, invoice, fate, at, dice.story)
        if fate is not Fate.DRAFT and n % 10 in _SHARED:
            await _share(staff, invoice, at, dice)
        await _set_back(invoice, at)
        invoices.append(await Invoice.get(id=invoice.id))
    return invoices


def _draft(
    customer_id: str, tax: Decimal, currency: str, at: datetime, story: Random, *, partly: bool
) -> InvoiceDraft:
    lines = [
        LineDraft(what, Decimal(story.randint(least, most)), _price(price, currency), tax)
        for what, least, most, price in story.sample(tables.WORK, story.randint(1, 5))
    ]
    subtotal = sum((line.quantity * line.unit_price for line in lines), Decimal())
    _, step = tables.PRICES[currency]
    return InvoiceDraft(
        customer_id=customer_id,
        lines=lines,
        currency=currency,
        issue_date=at.date(),
        due_date=at.date() + timedelta(days=tables.DAYS_TO_PAY),
        discount=_rounded(subtotal / 20, step) if story.random() < 1 / 3 else Decimal(0),
        notes=story.choice((*tables.NOTES, None)),
        allow_partial_payment=partly,
        minimum_payment=_rounded(subtotal / 10, step) if partly else None,
    )


def _price(euros: str, currency: str) -> Decimal:
    rate, step = tables.PRICES[currency]
    return _rounded(Decimal(euros) * rate, step)


def _rounded(amount: Decimal, step: Decimal) -> Decimal:
    return (amount / step).to_integral_value() * step


async def _live_through(
    staff: Staff, invoice: Invoice, fate: Fate, at: datetime, story: Random
) -> None:
    """Do to a draft everything that its fate says."""
    invoice_id, total = str(invoice.id), to_decimal(invoice.total, invoice.currency)
    if fate is Fate.DRAFT:
        return
    await invoices_module.issue_invoice(staff, invoice_id)
    if fate is Fate.CANCELLED:
        await invoices_module.cancel_invoice(staff, invoice_id)
    if fate in {Fate.PAID, Fate.PARTLY_PAID}:
        _, step = tables.PRICES[invoice.currency]
        amount = total if fate is Fate.PAID else _rounded(total * 2 / 5, step)
        received = at + timedelta(days=story.randint(3, 10), hours=story.randint(0, 6))
        method, reference = story.choice(tables.METHODS)
        await manual_payments.record_payment(
            staff, invoice_id, amount, method, received_at=received, reference=reference
        )


async def _share(staff: Staff, invoice: Invoice, at: datetime, dice: Dice) -> None:
    await links.share_invoice(staff, str(invoice.id))
    await Invoice.filter(id=invoice.id).update(share_token=dice.token(), shared_at=at)


async def _set_back(invoice: Invoice, at: datetime) -> None:
    """Have the invoice made and issued `at` that time, and cancelled two days later."""
    await execute(
        "UPDATE invoice SET created_at = $1, updated_at = $1,"
        " issued_at = CASE WHEN issued_at IS NULL THEN NULL ELSE $1 END,"
        " cancelled_at = CASE WHEN cancelled_at IS NULL THEN NULL ELSE $2 END WHERE id = $3",
        at,
        at + timedelta(days=2),
        invoice.id,
    )


async def _set_sharing_back() -> None:
    """Have the audit log say the times at which the links were made."""
    await execute(
        "UPDATE audit_entry SET at = COALESCE("
        "(SELECT shared_at FROM invoice WHERE id = audit_entry.subject_id),"
        " (SELECT portal_shared_at FROM customer WHERE id = audit_entry.subject_id), at)"
    )


# --- opens -----------------------------------------------------------------------------------


async def _add_opens(shared: list[Invoice], dice: Dice, now: datetime) -> None:
    """Record the opens in their order, then give each its time; the last was just now."""
    opens = [
        (at, opened) for invoice in shared for at, opened in _opens_of(invoice, now, dice.story)
    ]
    opens.append((now - timedelta(minutes=2), _open(shared[-1], *tables.PEOPLE[1])))
    opens.sort(key=lambda entry: entry[0])
    await write_views([opened for _, opened in opens])
    await _set_opens_back([at for at, _ in opens])


def _opens_of(invoice: Invoice, now: datetime, story: Random) -> list[tuple[datetime, NewView]]:
    """Return some opens of the invoice by people, often after a machine has looked at it."""
    shared_at, opens = invoice.shared_at, story.randint(0, _MOST_OPENS)
    assert shared_at is not None
    result = []
    if story.random() < 1 / 2:
        machine = _open(invoice, *story.choice(tables.MACHINES))
        result.append((shared_at + timedelta(seconds=story.randint(2, 40)), machine))
    for _ in range(opens):
        share = story.random() ** 2  # most people look soon
        at = shared_at + (now - timedelta(hours=1) - shared_at) * share
        result.append((at, _open(invoice, *story.choice(tables.PEOPLE))))
    return result


def _open(invoice: Invoice, ip: str, source: ViewSource, user_agent: str) -> NewView:
    client_info = ClientInfo(ip, user_agent)
    return NewView(
        invoice_id=invoice.id,
        company_id=invoice.company_id,
        token=str(invoice.share_token),
        source=source,
        ip=ip,
        user_agent=user_agent,
        automated=is_automated(client_info, said_so=source is ViewSource.API),
    )


async def _set_opens_back(times: list[datetime]) -> None:
    """Give the opens these times, in their order, and what is told of them, too."""
    await execute_many(
        "UPDATE invoice_view SET viewed_at = $1 WHERE sequence = $2",
        [(at, sequence) for sequence, at in enumerate(times, start=1)],
    )
    counted = "FROM invoice_view WHERE invoice_id = invoice.id AND NOT automated"
    await execute(
        f"UPDATE invoice SET first_viewed_at = (SELECT min(viewed_at) {counted}),"
        f" last_viewed_at = (SELECT max(viewed_at) {counted}) WHERE view_count > 0"
    )
    await execute("UPDATE view_feed SET viewed_at = $1", times[-1])
