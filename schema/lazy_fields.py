"""Fields whose values are computed or read when they are needed, since few responses have them."""

from collections.abc import Callable, Mapping
from dataclasses import field
from operator import attrgetter
from typing import Any, Generic, TypeVar

import strawberry

T = TypeVar("T")


class LazyValue:
    """A class attribute that computes a value and leaves it in the object, which is read first."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        self._method = f"make_{name}"

    def __get__(self, instance: object | None, owner: type) -> object:
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self.make(instance)
        return value

    def make(self, instance: object) -> object:
        """Return the value."""
        return getattr(instance, self._method)()

    def method_of(self, owner: type) -> Callable[[Any], object]:
        """Return the method of `owner` that computes the value."""
        method: Callable[[Any], object] = getattr(owner, self._method)
        return method


class InnerValue(LazyValue):
    """A class attribute that reads an attribute of another object, which the object has."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._read = attrgetter(path)

    def __set_name__(self, owner: type, name: str) -> None:
        """Take no name, since nothing is left in the object."""

    def __get__(self, instance: object | None, owner: type) -> object:
        return self if instance is None else self._read(instance)


class MadeValue(LazyValue):
    """A class attribute that makes an object from the attributes at paths in its own object.

    Responses read what they need at those paths, without making the object.
    """

    def __init__(self, class_: type, paths: Mapping[str, str]) -> None:
        self.paths = paths
        self._class = class_
        self._parts = {name: attrgetter(path) for name, path in paths.items()}

    def make(self, instance: object) -> object:
        """Return the object."""
        return self._class(**{name: read(instance) for name, read in self._parts.items()})


class Computed(Generic[T]):
    """A function of the attributes at `paths` in an object, which is called with the object.

    Responses call `function` with the attributes.
    """

    def __init__(self, function: Callable[..., T], *paths: str) -> None:
        self.function = function
        self.paths = paths
        self._parts = [attrgetter(path) for path in paths]

    def __call__(self, source: object) -> T:
        return self.function(*[read(source) for read in self._parts])


def lazy_field(description: str) -> Any:  # noqa: ANN401  # as `strawberry.field`
    """Declare a field whose value the method `make_<name>` computes, once.

    A method or `Computed` value `write_<name>` returns the same value as responses have it, in less
    time.
    """
    return _field(description, LazyValue())


def lazy_value() -> Any:  # noqa: ANN401  # as `dataclasses.field`
    """Declare a private attribute whose value the method `make_<name>` computes, once."""
    return field(default=LazyValue(), init=False)


def made_field(class_: type, paths: Mapping[str, str], description: str) -> Any:  # noqa: ANN401
    """Declare a field with an object of `class_` that is made from the attributes at `paths`."""
    return _field(description, MadeValue(class_, paths))


def inner_field(path: str, description: str) -> Any:  # noqa: ANN401  # as above
    """Declare a field that is read along a path of attributes, such as `row.issue_date`."""
    return _field(description, InnerValue(path))


def _field(description: str, value: LazyValue) -> Any:  # noqa: ANN401  # as above
    declared = strawberry.field(description=description, default=value)
    declared.init = False
    return declared
