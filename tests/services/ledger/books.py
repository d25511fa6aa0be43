"""A customer's documents in the portal, the actions on them, and a model that follows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from auth.staff import Staff
from db.statements import fetch
from errors import Conflict
from integrations.stripe.client import StripeClient
from integrations.stripe.webhook_payloads import Event
from models import (
    CheckoutShare,
    CreditApplication,
    CreditNote,
    CreditPayout,
    Customer,
    Invoice,
    Payment,
    StripeRefund,
    Surplus,
)
from models.companies import today_in
from services.billing import (
    credit_applications,
    credit_notes,
    credit_payouts,
    invoices,
    manual_payments,
    write_offs,
)
from services.billing.credit_note_drafts import CreditAmount
from services.billing.invoices import InvoiceDraft
from services.billing.pricing import LineDraft
from services.checkout import refunds
from services.checkout.refunds import RefundRequest
from services.checkout.stripe_events import receive
from services.ledger import integrity
from services.sharing.accounts import load_accounts
from services.sharing.statements import Period, load_statement
from tests.services.checkout.simulated_checkouts import SimulatedCheckout, simulate
from tests.services.ledger.model import Bill, Model, Note, Use
from tests.services.ledger.simulated_stripe import SimulatedStripe
from tests.support import stripe_payloads
from values.money import to_decimal

RATE: Final = Decimal(19)
_LATER: Final = date(2199, 12, 31)
T = TypeVar("T")


@dataclass
class Step:
    """An action: what it is about, and an amount in cents. `key` is its idempotency key."""

    which: int
    other: int
    amount: int
    key: str

    def pick(self, ids: Mapping[UUID, object], n: int | None = None) -> UUID:
        """Return one of the ids. Raises Conflict if there is none."""
        if not ids:
            raise Conflict
        return list(ids)[(self.which if n is None else n) % len(ids)]

    def cents(self, limit: int) -> int:
        """Return the amount, mostly one that is within `limit`, and often all of it."""
        if self.amount % 4 == 0:
            return limit
        return self.amount if self.amount % 4 == 1 else min(self.amount, limit)


def euros(cents: int) -> Decimal:
    """Return an amount in euros."""
    return to_decimal(cents, "EUR")


@dataclass
class Books:
    """The portal's documents of a customer, and the model of them."""

    staff: Staff
    customer_id: str
    model: Model = field(default_factory=Model)
    stripe: SimulatedStripe = field(default_factory=SimulatedStripe)
    delivered: set[str] = field(default_factory=set)
    """The ids of Stripe's events that were delivered."""
    again: bool = False
    """Whether each request is sent twice."""

    @property
    def payments(self) -> dict[UUID, UUID]:
        """The invoices of all payments that staff recorded and didn't take back."""
        return {cash: id_ for id_, bill in self.model.bills.items() for cash in bill.cash}

    async def call(self, verb: Callable[..., Awaitable[T]], *args: Any, **options: Any) -> T:
        """Call a service, twice if requests are repeated, and return what it returned first."""
        result = await verb(self.staff, *args, **options)
        if self.again:
            await verb(self.staff, *args, **options)
        return result

    # --- invoices and payments --------------------------------------------------------------------

    async def create(self, step: Step) -> None:
        """Write an invoice and issue it, except for one in eight."""
        price = euros(abs(step.amount))
        line = LineDraft(description="Work", quantity=Decimal(1), unit_price=price, tax_rate=RATE)
        draft = InvoiceDraft(customer_id=self.customer_id, lines=[line])
        row = await self.call(invoices.create_invoice, draft, idempotency_key=step.key)
        net = abs(step.amount)
        tax = int((net * RATE / 100).quantize(Decimal(1), ROUND_HALF_UP))
        self.model.bills[row.id] = Bill(net + tax, tax)
        if step.other % 8:
            await self.call(invoices.issue_invoice, str(row.id))
            self.model.bills[row.id].status = "ISSUED"

    async def pay(self, step: Step) -> None:
        """Record a payment, at times of more than is due."""
        id_ = step.pick(self.model.owing() if step.other % 4 else self.model.bills)
        amount = step.cents(self.model.due(id_))
        await self.call(
            manual_payments.record_payment,
            str(id_),
            euros(amount),
            "cash",
            surplus_as_credit=step.other % 2 == 0,
            idempotency_key=step.key,
        )
        payment = await Payment.get(company_id=self.staff.company_id, idempotency_key=step.key)
        if step.other % 2:
            assert amount <= self.model.due(id_) + self.model.bills[id_].written_off
        self.model.bills[id_].cash[payment.id] = amount

    async def reverse(self, step: Step) -> None:
        """Take a recorded payment back."""
        payments = self.payments
        payment_id = step.pick(payments)
        await self.call(
            manual_payments.reverse_payment, str(payment_id), "typo", idempotency_key=step.key
        )
        del self.model.bills[payments[payment_id]].cash[payment_id]

    async def write_off(self, step: Step) -> None:
        """Give up what is due, or a part."""
        id_ = step.pick(self.model.owing() if step.other % 4 else self.model.bills)
        due = self.model.due(id_)
        amount = step.cents(due) if step.other % 2 else None
        entered = None if amount is None else euros(amount)
        await self.call(write_offs.write_off, str(id_), "fee", entered, idempotency_key=step.key)
        self.model.bills[id_].written_off += due if amount is None else amount

    async def reclaim(self, step: Step) -> None:
        """Take the write-offs of an invoice back."""
        written = {id_: b for id_, b in self.model.bills.items() if b.written_off}
        id_ = step.pick(written or self.model.bills)
        await self.call(write_offs.reverse_write_off, str(id_), "late", idempotency_key=step.key)
        self.model.bills[id_].written_off = 0

    async def cancel(self, step: Step) -> None:
        """Cancel an invoice."""
        id_ = step.pick(self.model.bills)
        await self.call(invoices.cancel_invoice, str(id_))
        self.model.bills[id_].status = "CANCELLED"

    # --- credit -----------------------------------------------------------------------------------

    async def credit(self, step: Step) -> None:
        """Issue a credit note over an amount."""
        content = CreditAmount(customer_id=self.customer_id, amount=euros(step.amount))
        note = await self.call(credit_notes.create_credit_note, content, idempotency_key=step.key)
        await self.call(credit_notes.issue_credit_note, str(note.id))
        self.model.notes[note.id] = Note(step.amount, "ISSUED")

    async def correct(self, step: Step) -> None:
        """Credit an invoice, in full or what is left of it."""
        id_ = step.pick(self.model.bills)
        note = await self.call(
            credit_notes.credit_invoice, str(id_), "returned", idempotency_key=step.key
        )
        await self.call(credit_notes.issue_credit_note, str(note.id))
        left = self.model.bills[id_].total - self.model.credited(id_)
        self.model.notes[note.id] = Note(left, "ISSUED", corrects=id_)

    async def void(self, step: Step) -> None:
        """Void a credit note."""
        id_ = step.pick(self.model.notes)
        await self.call(credit_notes.void_credit_note, str(id_))
        self.model.notes[id_].status = "VOID"

    async def apply(self, step: Step) -> None:
        """Apply credit to an invoice."""
        note_id = step.pick(self.model.usable() if step.which % 4 else self.model.notes)
        id_ = step.pick(self.model.owing() if step.other % 4 else self.model.bills, step.other)
        amount = step.cents(min(self.model.left(note_id), self.model.due(id_)))
        await self.call(
            credit_applications.apply_credit_note,
            str(note_id),
            str(id_),
            euros(amount),
            idempotency_key=step.key,
        )
        row = await CreditApplication.get(
            company_id=self.staff.company_id, idempotency_key=step.key
        )
        self.model.uses[row.id] = Use(note_id, id_, amount)

    async def take_off(self, step: Step) -> None:
        """Take applied credit off its invoice."""
        use_id = step.pick(self.model.uses)
        await self.call(
            credit_applications.reverse_credit_application,
            str(use_id),
            "typo",
            idempotency_key=step.key,
        )
        del self.model.uses[use_id]

    async def pay_out(self, step: Step) -> None:
        """Pay credit out."""
        note_id = step.pick(self.model.usable() if step.other % 4 else self.model.notes)
        amount = step.cents(self.model.left(note_id))
        await self.call(
            credit_payouts.pay_out_credit,
            str(note_id),
            euros(amount),
            "bank",
            idempotency_key=step.key,
        )
        row = await CreditPayout.get(company_id=self.staff.company_id, idempotency_key=step.key)
        self.model.payouts[row.id] = (note_id, amount)
        self.model.notes[note_id].paid_out += amount

    async def take_back(self, step: Step) -> None:
        """Take a payout back."""
        payout_id = step.pick(self.model.payouts)
        await self.call(
            credit_payouts.reverse_credit_payout, str(payout_id), "typo", idempotency_key=step.key
        )
        note_id, amount = self.model.payouts.pop(payout_id)
        self.model.notes[note_id].paid_out -= amount

    # --- Stripe -----------------------------------------------------------------------------------

    async def pay_online(self, step: Step) -> None:
        """Let the client pay an issued invoice, whatever is due by then."""
        id_ = step.pick(self.model.bills)
        row = await Invoice.get_or_none(id=id_)
        if row is None or row.status == "DRAFT" or step.amount <= 0:
            raise Conflict
        await CheckoutShare.filter(payable_for=id_).update(payable_for=None)
        checkout = SimulatedCheckout.of(await stripe_payloads.make_checkout(id_, step.amount))
        checkout.complete("paid")
        self.model.bills[id_].checkouts.append(checkout)
        self.stripe.checkouts.append(checkout)

    async def happen(self, step: Step, what: str) -> None:
        """Let something happen to a payment at Stripe."""
        if not self.stripe.checkouts:
            raise Conflict
        checkout = self.stripe.checkouts[step.which % len(self.stripe.checkouts)]
        before = len(checkout.events)
        simulate(checkout, what, max(1, step.amount))
        if len(checkout.events) == before:
            raise Conflict

    async def refund(self, step: Step) -> None:
        """Refund a payment through Stripe, which may not answer."""
        if not self.stripe.checkouts:
            raise Conflict
        checkout = self.stripe.checkouts[step.which % len(self.stripe.checkouts)]
        self.stripe.answers = ("yes", "yes", "lost", "down")[step.other % 4]
        request = RefundRequest(
            payment_id=str(checkout.id),
            amount=euros(step.cents(checkout.kept())) if step.other % 3 else None,
            reason="returned",
            credit_invoice=step.amount % 2 == 0,
        )
        client = cast(StripeClient, self.stripe)
        await self.call(refunds.refund_payment, client, request, idempotency_key=step.key)

    async def proceed(self, _: Step) -> None:
        """Let Stripe answer all that it hasn't answered."""
        self.stripe.answers = "yes"
        ids = [checkout.id for checkout in self.stripe.checkouts]
        for row in await StripeRefund.filter(payment_id__in=ids, status="REQUESTED"):
            await refunds.process(cast(StripeClient, self.stripe), row)
            await self.settle()

    async def settle(self) -> None:
        """Deliver Stripe's new events, each of them twice, and bring the model up to date."""
        events = [event for checkout in self.stripe.checkouts for event in checkout.events]
        new = [event for event in events if event["id"] not in self.delivered]
        for event in [*new, *new]:
            await receive(Event.of(event), livemode=False)
        self.delivered |= {event["id"] for event in new}
        await self._learn()
        self.model.settle()

    # --- what the portal did by itself ------------------------------------------------------------

    async def _learn(self) -> None:
        """Tell the model of credit notes that the portal has issued by itself."""
        for surplus in await Surplus.filter(invoice_id__in=list(self.model.bills)):
            note = await CreditNote.get(id=surplus.credit_note_id)
            self.model.notes.setdefault(note.id, Note(note.total, "ISSUED", surplus.invoice_id))
        unknown = await CreditNote.filter(customer_id=self.customer_id, invoice_id__isnull=False)
        for note in unknown:
            if note.id not in self.model.notes and note.status != "DRAFT":
                await self._learn_credited_refund(note)

    async def _learn_credited_refund(self, note: CreditNote) -> None:
        assert note.invoice_id is not None
        left = self.model.bills[note.invoice_id].total - self.model.credited(note.invoice_id)
        assert 0 < note.total <= left
        applied = min(note.total, self.model.missing(note.invoice_id))
        self.model.notes[note.id] = Note(note.total, "ISSUED", corrects=note.invoice_id)
        rows = await CreditApplication.filter(credit_note_id=note.id).order_by("applied_at")
        assert [row.amount for row in rows] == ([applied] if applied else [])
        for row in rows:
            self.model.uses[row.id] = Use(note.id, note.invoice_id, applied)

    # --- checking ---------------------------------------------------------------------------------

    async def check(self) -> None:
        """Compare every figure with the model, and with the rows behind it."""
        bills = await Invoice.in_bulk(self.model.bills, "id")
        notes = await CreditNote.filter(customer_id=self.customer_id)
        surpluses = await Surplus.filter(credit_note__customer_id=self.customer_id)
        origins = {(row.credit_note_id, row.invoice_id) for row in surpluses}
        for id_, bill in self.model.bills.items():
            row = bills[id_]
            expected = (
                self.model.status(id_),
                max(0, self.model.paid(id_)),
                bill.written_off,
                self.model.due(id_),
            )
            due = 0 if row.status == "DRAFT" else row.amount_due
            assert (row.status, row.amount_paid, row.written_off, due) == expected
            assert (row.total, row.tax) == (bill.total, bill.tax)
            own = [each for each in notes if (each.id, id_) in origins]
            assert sum(each.remaining for each in own) == bill.surplus
            self._check_taxes(id_, bill, notes)
        rows = {row.id: row for row in notes}
        for id_, note in self.model.notes.items():
            assert (rows[id_].paid_out, rows[id_].total) == (note.paid_out, note.total)
            if note.origin is None:
                assert rows[id_].remaining == self.model.remaining(id_)
                assert rows[id_].applied == self.model.applied(id_)
        assert await self._differences() == []
        await self._check_portal()

    def _check_taxes(self, id_: UUID, bill: Bill, notes: Sequence[CreditNote]) -> None:
        """No more tax is credited than was invoiced, and all of it if all is credited."""
        live = [n for n in notes if n.invoice_id == id_ and n.status in {"ISSUED", "APPLIED"}]
        tax = sum(note.tax for note in live)
        assert 0 <= tax <= bill.tax
        if self.model.credited(id_) == bill.total:
            assert tax == bill.tax

    async def _check_portal(self) -> None:
        [account] = await load_accounts([(UUID(self.customer_id), today_in("UTC"))])
        credit = sum(bill.surplus for bill in self.model.bills.values())
        notes = [id_ for id_, note in self.model.notes.items() if note.origin is None]
        credit += sum(self.model.remaining(id_) for id_ in notes)
        due = sum(self.model.due(id_) for id_ in self.model.bills)
        assert [(b.outstanding.minor, b.credit.minor) for b in account.balances] == [(due, credit)]
        # What an invoice received and gave away as credit before its payment was refunded.
        missing = sum(max(0, -self.model.paid(id_)) for id_ in self.model.bills)
        assert await self._closing_balance() == due - credit + missing

    async def _closing_balance(self) -> int:
        customer = await Customer.get(id=self.customer_id).select_related("company")
        statement = await load_statement(customer, Period.of(None, None, today_in("UTC")))
        closing = sum(each.closing for each in statement.currencies)
        # This one begins after everything, so its balances come from the sums of months.
        later = await load_statement(customer, Period(_LATER, _LATER))
        assert sum(each.opening for each in later.currencies) == closing
        return closing

    async def _differences(self) -> list[str]:
        """Return what `reconcile` would report about the customer's documents."""
        found: list[str] = []
        for sql, compare in (
            (integrity._INVOICES, integrity._compare_invoice),
            (integrity._CREDIT_NOTES, integrity._compare_credit_note),
        ):
            own = f"{sql} WHERE customer_id = $1"
            for row in await fetch(own, UUID(self.customer_id)):
                found += map(str, compare(row))
        return found
