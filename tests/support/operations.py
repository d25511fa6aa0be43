"""Every operation, found by walking the schema, with valid values."""

import json
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias
from uuid import uuid4

import httpx
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from api.schema import make_schema
from auth.permissions import Permission
from schema.permissions import Requires
from tests.support.clients import Caller

SCHEMA: Final = make_schema()._schema
Path: TypeAlias = tuple[str | int, ...]
"""The path of a value in an operation's variables."""


def object_type(name: str) -> GraphQLObjectType:
    """Return the object type of this name."""
    type_ = SCHEMA.type_map[name]
    assert isinstance(type_, GraphQLObjectType)
    return type_


def permissions_of(field: GraphQLField) -> frozenset[Permission] | None:
    """Return the permissions that a field requires; None if it doesn't even need a credential."""
    definition = field.extensions["strawberry-definition"]
    for extension in definition.extensions:
        if isinstance(extension, Requires):
            return frozenset(extension.permissions)
    return None


def everything_of(name: str, *above: str) -> str:
    """Return a selection of all fields of a type that need no argument, and two rows of its lists.

    Each type comes once on a way down, and none of those `above`. Further down, and if there are
    any, lists with pages are left out.
    """
    selected = []
    for field_name, field in object_type(name).fields.items():
        inner = get_named_type(field.type)
        if any(map(is_required_argument, field.args.values())) or inner.name in {name, *above}:
            continue
        if "first" in field.args and above:
            continue
        below = "" if is_leaf_type(inner) else f" {everything_of(inner.name, *above, name)}"
        page = "(first: 2)" if "first" in field.args else ""
        selected.append(field_name + page + below)
    return "{ " + " ".join(selected) + " }"


# --- values -------------------------------------------------------------------------------------

_EXAMPLES: Final = {"Boolean": True, "Int": 1, "Decimal": "1", "String": "text"}


def leaves(field: GraphQLField) -> Iterator[tuple[Path, str]]:
    """Yield the path and type name of each scalar or enum in the field's arguments."""
    for name, argument in field.args.items():
        for path, type_name in _leaves_of(argument.type):
            yield (name, *path), type_name


def _leaves_of(type_: GraphQLInputType) -> Iterator[tuple[Path, str]]:
    if isinstance(type_, GraphQLNonNull):
        yield from _leaves_of(type_.of_type)
    elif isinstance(type_, GraphQLList):
        for path, type_name in _leaves_of(type_.of_type):
            yield (0, *path), type_name
    elif isinstance(type_, GraphQLInputObjectType):
        for name, inner in type_.fields.items():
            for path, type_name in _leaves_of(inner.type):
                yield (name, *path), type_name
    else:
        yield (), type_.name


def ids_of(field: GraphQLField) -> Iterator[Path]:
    """Yield the path of each id in the field's arguments."""
    return (path for path, type_name in leaves(field) if type_name == "ID")


def _below(wanted: Collection[Path], step: str | int) -> list[Path]:
    return [path[1:] for path in wanted if path[:1] == (step,)]


def _example(type_: GraphQLInputType, wanted: Collection[Path] = ()) -> Any:
    """Return the smallest valid value of `type_` that includes each `wanted` path."""
    if isinstance(type_, GraphQLNonNull):
        return _example(type_.of_type, wanted)
    if isinstance(type_, GraphQLList):
        return [_example(type_.of_type, _below(wanted, 0))]
    if isinstance(type_, GraphQLInputObjectType):
        given = {
            name: inner
            for name, inner in type_.fields.items()
            if isinstance(inner.type, GraphQLNonNull) or _below(wanted, name)
        }
        if type_.is_one_of and not given:
            given = dict([next(iter(type_.fields.items()))])
        return {name: _example(inner.type, _below(wanted, name)) for name, inner in given.items()}
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    return str(uuid4()) if type_.name == "ID" else _EXAMPLES[type_.name]


_RESULTS: Final = {
    "InvoiceMailing": "{ code detail status invoice { id } delivery { id } }",
}
"""Of types that say what became of one row of many: whether it was refused, and all else but its
id."""


def shortest(type_: GraphQLNamedType) -> str:
    """Return the shortest selection of `type_`; of one of `_RESULTS`, what became of the row."""
    if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        return ""
    if type_.name in _RESULTS:
        return _RESULTS[type_.name]
    fields = {
        name: get_named_type(field.type)
        for name, field in type_.fields.items()
        if not any(map(is_required_argument, field.args.values()))
    }
    name = next((name for name, inner in fields.items() if is_leaf_type(inner)), next(iter(fields)))
    return f"{{ {name} {shortest(fields[name])} }}"


def parts(type_: GraphQLNamedType, *, rows: int, depth: int, count: int) -> list[str]:
    """Return selections that together are `whole`, each with the id and a share of the fields.

    For a page, these are the fields of its rows. A query of everything would cost more than one
    request may.
    """
    return [
        whole(type_, rows=rows, depth=depth, node_fields=slice(n, None, count))
        for n in range(count)
    ]


def whole(
    type_: GraphQLNamedType, *, rows: int, depth: int, node_fields: slice = slice(None)
) -> str:
    """Return a selection of all of `type_` down to `depth`, with `rows` in each page.

    `node_fields` narrows the fields, but for the id; in a page, those of its rows.
    """
    if not isinstance(type_, GraphQLObjectType):
        return ""
    selected = []
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        is_too_deep = depth == 1 and not is_leaf_type(inner)
        if is_too_deep or any(map(is_required_argument, field.args.values())):
            continue
        page = f"(first: {rows})" if "first" in field.args else ""
        narrowed = node_fields if name in {"edges", "node"} else slice(None)
        selection = whole(inner, rows=rows, depth=depth - 1, node_fields=narrowed)
        selected.append(f"{name}{page} {selection}")
    if "edges" in type_.fields or "node" in type_.fields:
        node_fields = slice(None)
    ids = [text for text in selected if text.split() == ["id"]]
    return f"{{ {' '.join(dict.fromkeys(ids + selected[node_fields]))} }}"


# --- operations ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Operation:
    """An operation with valid variables. `id_path` is the path of an id in them."""

    name: str
    field: GraphQLField
    query: str
    variables: dict[str, Any]
    id_path: Path = ()

    @property
    def permissions(self) -> frozenset[Permission]:
        """The permissions that it requires."""
        return permissions_of(self.field) or frozenset()

    @property
    def other_ids(self) -> list[Path]:
        """The paths of the other ids in the variables."""
        return [p for p in ids_of(self.field) if p != self.id_path and self.has(p)]

    def has(self, path: Path) -> bool:
        """Whether the variables have a value at this path."""
        value: Any = self.variables
        for step in path:
            if isinstance(step, str) and step not in value:
                return False
            value = value[step]
        return True

    def filled(self, values: Mapping[Path, object]) -> dict[str, Any]:
        """Return the variables with these values at their paths."""
        variables = deepcopy(self.variables)
        for (*outer, last), value in values.items():
            container: Any = variables
            for step in outer:
                container = container[step]
            container[last] = value
        return variables

    def with_id(self, id_: str) -> dict[str, Any]:
        """Return the variables with `id_` at its path."""
        return self.filled({self.id_path: id_})

    async def post(self, caller: Caller, variables: Mapping[str, Any]) -> httpx.Response:
        """Return the response; for a subscription, the whole stream once it has ended."""
        is_subscription = self.query.startswith("subscription")
        return await caller.http.post(
            "/graphql",
            json={"query": self.query, "variables": variables},
            headers=caller.headers | ({"accept": "text/event-stream"} if is_subscription else {}),
        )

    async def answer(self, caller: Caller, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result; for a subscription, its first event unless it is refused."""
        response = await self.post(caller, variables)
        text = response.text
        if response.headers["content-type"].startswith("text/event-stream"):
            [text] = [line[5:] for line in text.splitlines() if "errors" in line]
        answer: dict[str, Any] = json.loads(text)
        return answer

    async def refusal(self, caller: Caller, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the extensions of each error of the response, as `refusals` does."""
        return refusals(await self.answer(caller, variables))


def refusals(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the extensions of each error of an answer, with the codes of rows among many."""
    extensions = [error["extensions"] for error in answer.get("errors", [])]
    return extensions + [{"code": code} for code in _codes_of_rows(answer.get("data"))]


def _codes_of_rows(data: object) -> Iterator[str]:
    """Yield the code of each row that was refused while others may have been accepted."""
    for payload in data.values() if isinstance(data, dict) else ():
        for row in payload.get("results", []) if isinstance(payload, dict) else ():
            if row["code"] is not None:
                yield row["code"]


def make_operation(
    kind: str,
    name: str,
    field: GraphQLField,
    *,
    prefix: str = "",
    wanted: Collection[Path] = (),
    selection: str | None = None,
) -> Operation:
    """Return the operation for `field`, with a value at each `wanted` path."""
    arguments = {
        name: argument
        for name, argument in field.args.items()
        if is_required_argument(argument) or _below(wanted, name)
    }
    declared = ", ".join(f"${name}: {argument.type}" for name, argument in arguments.items())
    passed = ", ".join(f"{name}: ${name}" for name in arguments)
    call = f"{name}({passed})" if passed else name
    call = f"{call} {shortest(get_named_type(field.type)) if selection is None else selection}"
    return Operation(
        name=prefix + name,
        field=field,
        query=f"{kind} Walk{f'({declared})' if declared else ''} {{ %s }}"
        % (f"company {{ {call} }}" if prefix else call),
        variables={
            name: _example(argument.type, _below(wanted, name))
            for name, argument in arguments.items()
        },
    )


ROOTS: Final = [
    (kind, name, field)
    for kind in ("query", "mutation", "subscription")
    for name, field in object_type(kind.capitalize()).fields.items()
]
_COMPANY: Final = object_type("Company").fields
STAFF_ROOTS: Final = [
    make_operation(kind, name, field)
    for kind, name, field in ROOTS
    if permissions_of(field) is not None
]
COMPANY_FIELDS: Final = [
    make_operation("query", name, field, prefix="company.")
    for name, field in _COMPANY.items()
    if permissions_of(field) is not None
]


def _with_id(kind: str, name: str, field: GraphQLField, prefix: str = "") -> Iterator[Operation]:
    """Yield the operation once per id that it takes."""
    for path in ids_of(field):
        operation = make_operation(kind, name, field, prefix=prefix, wanted=[path])
        full_name = ".".join(str(step) for step in (operation.name, *path))
        yield replace(operation, name=full_name, id_path=path)


WITH_ID: Final = [
    *[operation for root in ROOTS for operation in _with_id(*root)],
    *[
        operation
        for name, field in _COMPANY.items()
        for operation in _with_id("query", name, field, "company.")
    ],
]
