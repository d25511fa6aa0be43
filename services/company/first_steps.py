"""The steps that lead a new company to its first payment. What is done follows from its rows."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from auth.staff import Staff
from db.statements import fetch
from db.transactions import transactional
from errors import Forbidden, Text
from models import Company, InvoiceStatus, SampleInvoice, User

_ISSUED: Final = ", ".join(
    f"'{status}'" for status in InvoiceStatus if status is not InvoiceStatus.DRAFT
)
_ROWS: Final = f"""
    SELECT EXISTS (SELECT 1 FROM customer WHERE company_id = $1) AS has_customer,
        EXISTS (
            SELECT 1 FROM invoice WHERE company_id = $1 AND status IN ({_ISSUED})
        ) AS has_invoice
"""


class FirstStep(StrEnum):
    """A step, in the order in which they are suggested."""

    DETAILS = "DETAILS"
    """Its address, as it appears on invoices."""
    BRAND = "BRAND"
    """Its logo or its colour."""
    PAYMENTS = "PAYMENTS"
    """Stripe for cards, or an account for bank transfers."""
    CUSTOMER = "CUSTOMER"
    INVOICE = "INVOICE"
    """An issued invoice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSteps:
    """How far a company is, and what the user has made of it."""

    done: frozenset[FirstStep]
    is_hidden: bool
    """Whether the user has hidden the steps."""
    sample: SampleInvoice | None
    """The sample of an invoice that the user has sent to themselves."""

    @property
    def has_invoice(self) -> bool:
        """Whether an invoice was issued."""
        return FirstStep.INVOICE in self.done

    @property
    def is_complete(self) -> bool:
        """Whether all steps are done."""
        return len(self.done) == len(FirstStep)


async def load_first_steps(staff: Staff, company: Company) -> FirstSteps:
    """Return the steps of `company`, which is that of `staff`."""
    [found] = await fetch(_ROWS, company.id)
    is_done = {
        FirstStep.DETAILS: company.city or company.address,
        FirstStep.BRAND: company.logo_digest or company.accent_color,
        FirstStep.PAYMENTS: company.takes_payments or company.bank,
        FirstStep.CUSTOMER: found["has_customer"],
        FirstStep.INVOICE: found["has_invoice"],
    }
    user = await User.get_or_none(id=staff.user_id) if staff.user_id else None
    return FirstSteps(
        done=frozenset(step for step in FirstStep if is_done[step]),
        is_hidden=user is not None and user.hides_first_steps,
        sample=await SampleInvoice.get_or_none(user_id=user.id) if user else None,
    )


@transactional
async def hide_first_steps(staff: Staff, *, hidden: bool) -> None:
    """Hide the steps from the user, or show them again. Raises Forbidden for an API key."""
    if staff.user_id is None:
        raise Forbidden(Text("Only signed-in users have first steps to hide."))
    await User.filter(id=staff.user_id).update(hides_first_steps=hidden)
