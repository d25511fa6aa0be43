"""Fields whose values are computed or read when they are needed, since few responses have them."""

from collections.abc import Callable
from operator import attrgetter
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
        return self.writer_of(owner) or getattr(owner, self._method)

    def writer_of(self, owner: type) -> Callable[[Any], object] | None:
        """Return the method of `owner` that returns the field's value as responses have it."""
        writer: Callable[[Any], object] | None = getattr(owner, f"write_{self._name}", None)
        return writer


class InnerValue(LazyValue):
    """A class attribute that reads an attribute of another object, which the object has."""

    def __init__(self, path: str) -> None:
        self._read = attrgetter(path)

    def __set_name__(self, owner: type, name: str) -> None:
        """Take no name, since nothing is left in the object."""

    def __get__(self, instance: object | None, owner: type) -> object:
        return self if instance is None else self._read(instance)

    def method_of(self, owner: type) -> Callable[[Any], object]:  # noqa: ARG002  # as above
        """Return what reads the field."""
        return self._read

    def writer_of(self, owner: type) -> None:
        """Return None, since it is read as it is."""


def lazy_field(description: str) -> Any:  # noqa: ANN401  # as `strawberry.field`
    """Declare a field whose value the method `make_<name>` computes, once.

    If there is a method `write_<name>`, it returns what responses have of that value, sooner.
    """
    return _field(description, LazyValue())


def inner_field(path: str, description: str) -> Any:  # noqa: ANN401  # as above
    """Declare a field that is read along a path of attributes, such as `row.issue_date`."""
    return _field(description, InnerValue(path))


def _field(description: str, value: LazyValue) -> Any:  # noqa: ANN401  # as above
    field = strawberry.field(description=description, default=value)
    field.init = False
    return field
