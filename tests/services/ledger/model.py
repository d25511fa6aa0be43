"""An independent model of a customer's money: what each document should come to, and why.

It knows nothing of the ledger's rows. Of an invoice it knows the money and the credit that came in,
what was given up, and how much of its surpluses is used elsewhere. What is paid follows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from tests.services.checkout.simulated_checkouts import SimulatedCheckout


@dataclass
class Note:
    """A credit note: the surplus of the invoice `origin`, or a correction of `corrects`."""

    total: int
    status: str = "DRAFT"
    origin: UUID | None = None
    corrects: UUID | None = None
    paid_out: int = 0


@dataclass
class Bill:
    """An invoice, in minor units."""

    total: int
    tax: int
    status: str = "DRAFT"
    cash: dict[UUID, int] = field(default_factory=dict)
    """Payments that staff recorded and didn't take back."""
    checkouts: list[SimulatedCheckout] = field(default_factory=list)
    written_off: int = 0
    surplus: int = 0
    """What is left of the credit that its surpluses became."""


@dataclass(frozen=True)
class Use:
    """Credit that is applied to an invoice."""

    note: UUID
    invoice: UUID
    amount: int


@dataclass
class Model:
    """All documents of a customer, by id."""

    bills: dict[UUID, Bill] = field(default_factory=dict)
    notes: dict[UUID, Note] = field(default_factory=dict)
    uses: dict[UUID, Use] = field(default_factory=dict)
    """Credit that staff or a refund applied, by application."""
    payouts: dict[UUID, tuple[UUID, int]] = field(default_factory=dict)
    """Credit notes and amounts, by payout."""

    # --- figures ----------------------------------------------------------------------------------

    def paid(self, id_: UUID) -> int:
        """Return what is paid on an invoice; negative if its surplus was spent and refunded."""
        bill = self.bills[id_]
        money = sum(bill.cash.values()) + sum(checkout.kept() for checkout in bill.checkouts)
        spent = sum(use.amount for use in self._uses_of(self._surpluses(id_)))
        spent += sum(note.paid_out for note in self.notes.values() if note.origin == id_)
        credit = sum(use.amount for use in self.uses.values() if use.invoice == id_)
        return money + credit - spent - bill.surplus

    def due(self, id_: UUID) -> int:
        """Return what is due on an invoice."""
        bill = self.bills[id_]
        if bill.status != "ISSUED":
            return 0
        return bill.total - max(0, self.paid(id_)) - bill.written_off

    def status(self, id_: UUID) -> str:
        """Return an invoice's status."""
        bill = self.bills[id_]
        if bill.status != "ISSUED":
            return bill.status
        if not self.due(id_):
            return "PAID"
        return "PARTIALLY_PAID" if self.paid(id_) > 0 else "ISSUED"

    def remaining(self, id_: UUID) -> int:
        """Return what is left of a credit note that is no surplus."""
        note = self.notes[id_]
        if note.status == "VOID":
            return 0
        return note.total - note.paid_out - self.applied(id_)

    def owing(self) -> dict[UUID, int]:
        """Return what is due on each invoice with an amount due."""
        dues = {id_: self.due(id_) for id_ in self.bills}
        return {id_: due for id_, due in dues.items() if due}

    def left(self, id_: UUID) -> int:
        """Return what is left of a credit note or, of a surplus, of all those of the invoice."""
        origin = self.notes[id_].origin
        return self.remaining(id_) if origin is None else self.bills[origin].surplus

    def usable(self) -> dict[UUID, int]:
        """Return what is left of each credit note with something left."""
        return {id_: left for id_ in self.notes if (left := self.left(id_))}

    def applied(self, id_: UUID) -> int:
        """Return how much of a credit note is applied, apart from that to its own invoice."""
        return sum(use.amount for use in self._uses_of({id_}))

    def credited(self, id_: UUID) -> int:
        """Return how much of an invoice is credited."""
        live = {"ISSUED", "APPLIED"}
        notes = [note for note in self.notes.values() if note.corrects == id_]
        return sum(note.total for note in notes if note.status in live)

    def _surpluses(self, id_: UUID) -> set[UUID]:
        return {note_id for note_id, note in self.notes.items() if note.origin == id_}

    def _uses_of(self, note_ids: Iterable[UUID]) -> list[Use]:
        return [use for use in self.uses.values() if use.note in note_ids]

    # --- what follows from a change ---------------------------------------------------------------

    def settle(self) -> None:
        """Let every surplus become credit, and such credit fill gaps."""
        for id_, bill in self.bills.items():
            excess = self.paid(id_) + bill.written_off - self._room(id_)
            if excess > 0:
                claimed = min(excess, bill.written_off)
                bill.written_off -= claimed
                bill.surplus += excess - claimed
            else:
                bill.surplus -= min(bill.surplus, -excess)

    def missing(self, id_: UUID) -> int:
        """Return what an invoice lacks before its own surplus fills the gap."""
        return max(0, self._room(id_) - self.paid(id_) - self.bills[id_].written_off)

    def _room(self, id_: UUID) -> int:
        bill = self.bills[id_]
        return bill.total if bill.status == "ISSUED" else 0
