"""Look-ups of a company's own rows. Any other id is not found."""

from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from tortoise.models import Model

from auth.staff import Staff
from db.compiled_queries import CompiledQuery
from db.transactions import takes_locks
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
    """Return the row of the caller's company with this id.

    If `lock` is set, it is locked, except within `without_locks`. Raises NotFound for unknown ids
    and those of other companies.
    """
    id_ = parse_id(value)
    row: M | None
    if lock and takes_locks():
        rows = model.filter(id=id_, company_id=staff.company_id)
        row = await rows.select_for_update(no_key=True).first()
    else:
        row = await _owned(model).first(id_, staff.company_id)
    if row is None:
        raise NotFound
    return row


@cache
def _owned(model: type[Model]) -> CompiledQuery[Any]:
    table = model._meta.db_table
    return CompiledQuery(model, where=f'"{table}".id = $1 AND "{table}".company_id = $2')


async def lock_document(model: type[DocumentT], staff: Staff, value: str) -> DocumentT:
    """Return the company's document after locking its customer and then the document.

    Rows that refer to the customer need this order: revoking the customer's link clears a unique
    column, which locks the row against new references, so two transactions could deadlock. The
    customer is loaded with the document. Raises NotFound.
    """
    document = await get_owned(model, staff, value)
    customer = await get_owned(Customer, staff, str(document.customer_id), lock=True)
    locked = await get_owned(model, staff, value, lock=True)
    if locked.customer_id == customer.id:  # it may have got another one meanwhile
        locked.customer = customer
    return locked
