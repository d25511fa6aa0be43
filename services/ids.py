"""From an id that staff sent to the company's own row; any other id is simply not found."""

from typing import TypeVar
from uuid import UUID

from tortoise.models import Model

from auth.staff import Staff
from errors import NotFound

M = TypeVar("M", bound=Model)


def parse_id(value: str) -> UUID:
    """Return the id that `value` spells; NotFound if it spells none."""
    try:
        return UUID(value)
    except ValueError:
        raise NotFound from None


async def find(model: type[M], staff: Staff, value: str, *, lock: bool = False) -> M:
    """Return the caller's company's row with this id, locked until the transaction ends if asked.

    Raises NotFound for an unknown id and for another company's.
    """
    query = model.filter(id=parse_id(value), company_id=staff.company_id)
    row = await (query.select_for_update(no_key=True) if lock else query).first()
    if row is None:
        raise NotFound
    return row
