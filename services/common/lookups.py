"""From an id that staff sent to the company's own row; any other id is simply not found."""

from typing import TypeVar
from uuid import UUID

from tortoise.models import Model

from auth.staff import Staff
from errors import NotFound
from models import Customer, Invoice, Quote

M = TypeVar("M", bound=Model)
DocumentT = TypeVar("DocumentT", Invoice, Quote)


def parse_id(value: str) -> UUID:
    """Return the id that `value` spells; NotFound if it spells none."""
    try:
        return UUID(value)
    except ValueError:
        raise NotFound from None


async def get_owned(model: type[M], staff: Staff, value: str, *, lock: bool = False) -> M:
    """Return the caller's company's row with this id, locked until the transaction ends if asked.

    Raises NotFound for an unknown id and for another company's.
    """
    query = model.filter(id=parse_id(value), company_id=staff.company_id)
    row = await (query.select_for_update(no_key=True) if lock else query).first()
    if row is None:
        raise NotFound
    return row


async def lock_document(model: type[DocumentT], staff: Staff, value: str) -> DocumentT:
    """Return the company's document, locked behind its customer, to whom new rows will refer.

    Without the customer's lock this and whoever revokes the customer's links would wait for one
    another: to clear a unique column locks the row against new references. Raises NotFound.
    """
    found = await get_owned(model, staff, value)
    await get_owned(Customer, staff, str(found.customer_id), lock=True)
    return await get_owned(model, staff, value, lock=True)
