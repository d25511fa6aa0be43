"""A schema whose fields return anything that they may or may not, depending on a seed."""

# ruff: noqa: D101, D102  # The names say what a field returns.

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, TypeVar, cast
from zlib import crc32

import strawberry
from graphql.pyutils import Undefined
from strawberry.extensions import FieldExtension
from strawberry.schema.config import StrawberryConfig

from api.input_objects import make_input_objects_directly
from core.response_budget import ResponseBudget
from schema.lazy_fields import Computed, made_field
from schema.scalars import SCALARS

_FAULTS: Final[list[Callable[[], object]]] = [
    lambda: None,
    lambda: ValueError("an error as a value"),
    lambda: Undefined,
    lambda: {1},
    lambda: "a text",
    lambda: 2**40,
    list,
    lambda: (None, None),
    lambda: iter(()),
    lambda: [None],
    lambda: [ValueError("an error in a list")],
]
"""What a field returns that fails, unless it raises."""


@dataclass(slots=True)
class World:
    """The context of an operation: what goes wrong, and what was resolved."""

    seed: int
    faults: int
    """How many of a hundred fields fail."""
    resolved: list[str] = field(default_factory=list)
    plans: Any = None
    budget: ResponseBudget = field(default_factory=lambda: ResponseBudget(10**9))

    @property
    def loaders(self) -> "World":
        """Itself, as it has the budget."""
        return self

    def value(self, key: str, right: Callable[[], Any]) -> Any:
        """Return the right value of a field, or something else. Raises ValueError, too."""
        number = crc32(f"{self.seed}:{key}".encode())
        if number % 100 >= self.faults:
            return right()
        fault = number // 100 % (len(_FAULTS) + 1)
        if fault == len(_FAULTS):
            raise ValueError(key)
        return _FAULTS[fault]()

    async def wait(self, key: str) -> None:
        """Let others go first, now and then."""
        for _ in range(crc32(f"{self.seed}:wait:{key}".encode()) % 3):
            await asyncio.sleep(0)


class Node:
    """An object of which each attribute may fail."""

    def __init__(self, world: World, key: str) -> None:
        self.world = world
        self.key = key

    def __getattr__(self, name: str) -> Any:
        """Return an attribute that a field reads."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name == "pair":
            return Pair(left=self.text, right=self.number)
        return self.world.value(f"{self.key}.{name}", lambda: self._right(name))

    def _right(self, name: str) -> object:
        match name.rstrip("?"):
            case "part" | "maybe_part":
                return Node(self.world, f"{self.key}.{name}")
            case "parts" | "maybe_parts":
                return [Node(self.world, f"{self.key}.{name}.{index}") for index in range(3)]
            case "tags":
                return ["a", "b"]
            case "grid":
                return [[1, 2], [3]]
        return _RIGHT[name]


class Color(Enum):
    RED = "red"
    GREEN = "green"


strawberry.enum(Color)

_RIGHT: Final[dict[str, object]] = {
    "text": "text",
    "maybe_text": "maybe",
    "number": 7,
    "ratio": 0.5,
    "flag": True,
    "color": Color.GREEN,
    "amount": Decimal("1.50"),
    "day": date(2026, 1, 2),
    "instant": datetime(2026, 1, 2, tzinfo=UTC),
    "id": "an id",
    "notes": "note " * 200,
}

Info = strawberry.Info[World, None]
T = TypeVar("T")


class Logged(FieldExtension):
    """Notes each call, as a permission is checked."""

    async def resolve_async(
        self,
        next_: Callable[..., Any],
        source: Any,
        info: Info,
        **kwargs: Any,
    ) -> Any:
        """Note the call, then resolve the field."""
        info.context.resolved.append(f"asked {info.path.as_list()}")
        return await next_(source, info, **kwargs)


@strawberry.input
class Point:
    x: int
    y: int | None = 2
    tags: list[str] | None = strawberry.UNSET
    color: Color = Color.RED


@strawberry.type
class Part:
    text: str
    maybe_text: str | None
    number: int
    color: Color
    amount: Decimal
    notes: str | None
    part: "Part"
    maybe_parts: list["Part"] | None


def _join(left: object, right: object) -> str:
    return f"{left} {right}" if isinstance(left, str) and isinstance(right, int) else "nothing"


@strawberry.type
class Pair:
    """Made of an object's attributes, which may fail."""

    left: str
    right: int

    write_both = Computed(_join, "left", "right")

    @strawberry.field
    def both(self) -> str:
        return _join(self.left, self.right)

    @strawberry.field
    def twice(self) -> str:
        return _join(_join(self.left, self.right), self.right)


@strawberry.type
class Thing:
    id: strawberry.ID
    text: str
    maybe_text: str | None
    number: int
    ratio: float
    flag: bool
    color: Color | None
    amount: Decimal
    day: date
    instant: datetime | None
    tags: list[str]
    grid: list[list[int]]
    part: Part
    maybe_part: Part | None
    parts: list[Part]
    maybe_parts: list[Part | None] | None
    pair: Pair = made_field(Pair, {"left": "text", "right": "number"}, "Made, or only read.")

    @strawberry.field
    def label(self) -> str:
        text: object = self.text  # or whatever else a field returns that fails
        return f"label of {text if isinstance(text, str) else type(text)}"

    @strawberry.field
    def echo(
        self,
        info: Info,
        n: int = 3,
        color: Color | None = None,
        point: Point | None = None,
        texts: list[str] | None = None,
    ) -> str:
        return _resolve(self, info, "echo", lambda: f"{n} {color} {point} {texts}")

    @strawberry.field
    async def later(self, info: Info, required: Annotated[str, strawberry.argument()]) -> str:
        return await _wait(self, info, "later", lambda: required)

    @strawberry.field
    async def maybe_later(self, info: Info) -> str | None:
        return await _wait(self, info, "maybe_later", lambda: "later")

    @strawberry.field(extensions=[Logged()])  # type: ignore[untyped-decorator]
    async def child(self, info: Info) -> "Thing":
        return await _wait(self, info, "child", lambda: _child(self, "child"))

    @strawberry.field
    async def maybe_child(self, info: Info) -> "Thing | None":
        return await _wait(self, info, "maybe_child", lambda: _child(self, "maybe"))

    @strawberry.field
    def sibling(self, info: Info) -> "Thing | None":
        found: Thing = _resolve(self, info, "sibling", lambda: _child(self, "sibling"))
        return found

    @strawberry.field
    async def children(self, info: Info, count: int | None = 2) -> "list[Thing]":
        return await _wait(self, info, "children", lambda: _children(self, count))

    @strawberry.field
    async def maybe_children(self, info: Info) -> "list[Thing | None]":
        return await _wait(self, info, "maybe_children", lambda: _children(self, 2))

    @strawberry.field
    async def some_parts(self, info: Info) -> list[Part] | None:
        return await _wait(self, info, "parts", lambda: _children(self, 2))


def _resolve(source: Any, info: Info, name: str, right: Callable[[], T]) -> T:
    key = getattr(source, "key", "")
    info.context.resolved.append(f"{info.path.as_list()} {key}")
    return cast("T", info.context.value(f"{key}.{name}()", right))


async def _wait(source: Any, info: Info, name: str, right: Callable[[], T]) -> T:
    await info.context.wait(f"{getattr(source, 'key', '')}.{name}")
    return _resolve(source, info, name, right)


def _node(world: World, key: str) -> Any:
    return Node(world, key)


def _child(source: Any, name: str) -> Any:
    return _node(source.world, f"{source.key}.{name}")


def _children(source: Any, count: int | None) -> list[Any]:
    return [_child(source, str(index)) for index in range(min(count or 0, 3))]


@strawberry.type
class Query:
    @strawberry.field
    async def thing(self, info: Info, name: str = "root") -> Thing:
        return await _wait(None, info, "thing", lambda: _node(info.context, name))

    @strawberry.field
    async def maybe_thing(self, info: Info) -> Thing | None:
        return await _wait(None, info, "maybe_thing", lambda: _node(info.context, "maybe"))

    @strawberry.field
    def known(self, info: Info) -> Thing | None:
        found: Thing = _resolve(None, info, "known", lambda: _node(info.context, "known"))
        return found

    @strawberry.field
    def version(self) -> str:
        return "1"


@strawberry.type
class Mutation:
    @strawberry.field
    async def change(self, info: Info, point: Point | None = None) -> Thing | None:
        key = f"changed {point}"
        return await _wait(None, info, key, lambda: _node(info.context, key))

    @strawberry.field
    async def must_change(self, info: Info) -> Thing:
        return await _wait(None, info, "must_change", lambda: _node(info.context, "must"))


SCHEMA: Final = strawberry.Schema(
    query=Query, mutation=Mutation, config=StrawberryConfig(scalar_map=SCALARS)
)
make_input_objects_directly(SCHEMA)
