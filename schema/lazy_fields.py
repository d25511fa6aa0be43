"""Fields that are computed when they are first read, because most responses don't have them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import strawberry
from strawberry.types.field import StrawberryField

_PREFIX: Final = "make_"


class LazyFields:
    """An object with fields declared by `lazy_field`: `make_total` computes `total`, once."""

    if not TYPE_CHECKING:  # else every name would be an attribute

        def __getattr__(self, name: str) -> object:
            """Compute the field with this name, whose value isn't there yet."""
            make = None if name.startswith("_") else getattr(type(self), _PREFIX + name, None)
            if make is None:
                message = f"{type(self).__name__!r} object has no attribute {name!r}"
                raise AttributeError(message)
            value = self.__dict__[name] = make(self)
            return value


def lazy_field(description: str) -> Any:  # noqa: ANN401  # as `strawberry.field`
    """Declare a field whose value the method `make_<name>` computes."""
    field = strawberry.field(description=description)
    field.init = False
    return field


def lazy_reader(field: StrawberryField) -> Callable[[Any], Any] | None:
    """Return what reads `field` as attribute access does, but faster; None if it isn't lazy."""
    name = field.python_name
    make_name = _PREFIX + name
    if not hasattr(field.origin, make_name):
        return None

    def read(source: LazyFields) -> object:
        values = source.__dict__
        if name not in values:
            values[name] = getattr(source, make_name)()
        return values[name]

    return read
