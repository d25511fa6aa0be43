"""Look-ups of a company's own rows. Any other id is not found."""

from typing import TypeVar
from uuid import UUID

from tortoise.models import Model

from auth.staff import Staff
from errors import NotFound
from models import CreditNote, Customer, Invoice, Quote

M = TypeVar("M", bound=Model)
DocumentT = TypeVar("DocumentT", bound=Invoice | Quote | CreditNote)


def parse_id(value: str) -> UUID:
    """Parse an id. Raises NotFound if it isn't one."""
    try:
        return UUID(value)
    except ValueError:
        raise NotFound from None


async def get_owned(model: type[M], staff: Staff, value: str, *, lock: bool = False) -> M:
    """Return the row of the caller's company with this id, locked if `lock` is set.

    Raises NotFound for unknown ids and those of other companies.
    """
    query = model.filter(id=parse_id(value), company_id=staff.company_id)
    row = await (query.select_for_update(no_key=True) if lock else query).first()
    if row is None:
        raise NotFound
    return row


async def lock_document(model: type[DocumentT], staff: Staff, value: str) -> DocumentT:
    """Return the company's document after locking its customer and then the document.

    Rows that refer to the customer need this order: revoking the customer's link clears a unique
    column, which locks the row against new references, so two transactions could deadlock. Raises
    NotFound.
    """
    document = await get_owned(model, staff, value)
    await get_owned(Customer, staff, str(document.customer_id), lock=True)
    return await get_owned(model, staff, value, lock=True)
