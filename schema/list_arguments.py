"""The arguments that narrow lists."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Annotated, Any, Final

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

import models
from context import Info
from schema.enums import CreditNoteStatus, InvoiceStatus, QuoteStatus
from services.billing.lists.filters import (
    CreditNoteFilter,
    CustomerFilter,
    InvoiceFilter,
    QuoteFilter,
)
from services.common.lookups import get_owned

_STATUS: Final = strawberry.argument(description="Only those with this status.")
Shared = Annotated[
    bool | None,
    strawberry.argument(description="Only shared ones (true) or only unshared ones (false)."),
]
Search = Annotated[
    str | None,
    strawberry.argument(
        description="Only those that contain each of these words, anywhere and regardless of case "
        "and accents. An amount finds documents with this total, and invoices on which it is due."
    ),
]
OfCustomer = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Only those of this customer."),
]
Currency = Annotated[
    str | None, strawberry.argument(description="Only those in this currency (ISO 4217).")
]
IssuedFrom = Annotated[
    date | None, strawberry.argument(description="Only those issued on this day or later.")
]
IssuedTo = Annotated[
    date | None, strawberry.argument(description="Only those issued on this day or earlier.")
]
DueFrom = Annotated[
    date | None, strawberry.argument(description="Only those due on this day or later.")
]
DueTo = Annotated[
    date | None, strawberry.argument(description="Only those due on this day or earlier.")
]
Overdue = Annotated[
    bool | None,
    strawberry.argument(
        description="Only overdue ones (true). False means the same as omitting it."
    ),
]
Unpaid = Annotated[
    bool | None,
    strawberry.argument(
        description="Only those that are issued and not fully paid (true). False means the same as "
        "omitting it."
    ),
]
Opened = Annotated[
    bool | None,
    strawberry.argument(
        description="Only those that a client has opened (true), or shared ones that nobody has "
        "opened yet (false)."
    ),
]
Expired = Annotated[
    bool | None,
    strawberry.argument(
        description="Only those that can't be accepted any more, because their last valid day has "
        "passed without an answer (true). False means the same as omitting it."
    ),
]
_OF_DOCUMENTS: Final[Mapping[str, object]] = {
    "currency": Currency,
    "issued_from": IssuedFrom,
    "issued_to": IssuedTo,
    "customer_id": OfCustomer,
    "search": Search,
}


class Narrowed(FieldExtension):
    """Gives a list the arguments that narrow it, and its resolver the filter that is `wanted`.

    Null means the same as omitting one. Raises NotFound for a customer of another company. It
    stands between `Paged` and `Requires`.
    """

    def __init__(
        self, filter_class: Callable[..., object], arguments: Mapping[str, object]
    ) -> None:
        self._filter = filter_class
        self._arguments = arguments

    def apply(self, field: StrawberryField) -> None:
        """Put the arguments in place of the resolver's `wanted`."""
        at = [each.python_name for each in field.arguments].index("wanted")
        own = [
            StrawberryArgument(name, None, StrawberryAnnotation(type_), default=None)
            for name, type_ in self._arguments.items()
        ]
        field.arguments = [*field.arguments[:at], *own, *field.arguments[at + 1 :]]

    async def resolve_async(
        self,
        next_: Callable[..., Awaitable[Any]],
        source: object,
        info: Info,
        **kwargs: Any,  # noqa: ANN401  # the arguments of any list
    ) -> Any:  # noqa: ANN401  # the field's own value
        """Resolve the field with the filter."""
        given = {name: kwargs.pop(name, None) for name in self._arguments}
        if given.get("customer_id") is not None:
            customer = await get_owned(models.Customer, info.context.staff, given["customer_id"])
            given["customer_id"] = customer.id
        values = {name: value for name, value in given.items() if value is not None}
        return await next_(source, info, wanted=self._filter(**values), **kwargs)


NARROWED_INVOICES: Final = Narrowed(
    InvoiceFilter,
    {
        "status": Annotated[InvoiceStatus | None, _STATUS],
        "shared": Shared,
        "overdue": Overdue,
        "unpaid": Unpaid,
        "opened": Opened,
        "due_from": DueFrom,
        "due_to": DueTo,
        **_OF_DOCUMENTS,
    },
)
NARROWED_QUOTES: Final = Narrowed(
    QuoteFilter,
    {
        "status": Annotated[QuoteStatus | None, _STATUS],
        "shared": Shared,
        "expired": Expired,
        **_OF_DOCUMENTS,
    },
)
NARROWED_CREDIT_NOTES: Final = Narrowed(
    CreditNoteFilter,
    {"status": Annotated[CreditNoteStatus | None, _STATUS], **_OF_DOCUMENTS},
)
NARROWED_CUSTOMERS: Final = Narrowed(CustomerFilter, {"shared": Shared, "search": Search})
