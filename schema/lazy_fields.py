"""Fields that are computed when they are first read, because most responses don't have them."""

from collections.abc import Callable
from typing import Any

import strawberry


class LazyValue:
    """A class attribute that computes a value and leaves it in the object, which is read first."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        self._method = f"make_{name}"

    def __get__(self, instance: object | None, owner: type) -> object:
        if instance is None:
            return self
        value = instance.__dict__[self._name] = getattr(instance, self._method)()
        return value

    def method_of(self, owner: type) -> Callable[[Any], object]:
        """Return the method of `owner` with which responses read the field."""
        written: Callable[[Any], object] | None = getattr(owner, f"write_{self._name}", None)
        return written or getattr(owner, self._method)


def lazy_field(description: str) -> Any:  # noqa: ANN401  # as `strawberry.field`
    """Declare a field whose value the method `make_<name>` computes, once.

    If there is a method `write_<name>`, it returns what responses have of that value, sooner.
    """
    field = strawberry.field(description=description, default=LazyValue())
    field.init = False
    return field
