"""Every operation of staff, found by walking the schema, with values that it takes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
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
from schema.requires import Requires
from tests.clients import Caller

SCHEMA: Final = make_schema()._schema


def object_type(name: str) -> GraphQLObjectType:
    """Return the object type of this name."""
    type_ = SCHEMA.type_map[name]
    assert isinstance(type_, GraphQLObjectType)
    return type_


def permissions_of(field: GraphQLField) -> frozenset[Permission] | None:
    """Return what a field requires beyond a valid credential; None if it requires not even that."""
    definition = field.extensions["strawberry-definition"]
    for extension in definition.extensions:
        if isinstance(extension, Requires):
            return frozenset(extension.permissions)
    return None


@dataclass(frozen=True)
class Operation:
    """An operation of staff with valid variables; `id_path` is where an id stands in them."""

    name: str
    field: GraphQLField
    query: str
    variables: dict[str, Any]
    id_path: tuple[str, ...] = ()

    @property
    def permissions(self) -> frozenset[Permission]:
        """What it requires beyond a valid credential."""
        return permissions_of(self.field) or frozenset()

    def with_id(self, id_: str) -> dict[str, Any]:
        """Return the variables with `id_` in its place."""
        if len(self.id_path) == 1:
            return self.variables | {self.id_path[0]: id_}
        outer, inner = self.id_path
        return self.variables | {outer: self.variables[outer] | {inner: id_}}

    async def run(self, caller: Caller, **variables: Any) -> list[dict[str, Any]]:
        """Return the errors; those of a subscription are its only event, after which it ends."""
        is_followed = self.query.startswith("subscription")
        answer = await caller.http.post(
            "/graphql",
            json={"query": self.query, "variables": variables},
            headers=caller.headers | ({"accept": "text/event-stream"} if is_followed else {}),
        )
        text = answer.text
        if is_followed:
            [text] = [line[5:] for line in text.splitlines() if "errors" in line]
        errors: list[dict[str, Any]] = json.loads(text)["errors"]
        return errors


_EXAMPLES: Final = {"Boolean": True, "Int": 1, "Decimal": "1", "String": "text"}


def _example(type_: GraphQLInputType) -> Any:
    """Return the least that `type_` takes."""
    if isinstance(type_, GraphQLNonNull):
        return _example(type_.of_type)
    if isinstance(type_, GraphQLList):
        return [_example(type_.of_type)]
    if isinstance(type_, GraphQLInputObjectType):
        fields = type_.fields.items()
        return {n: _example(f.type) for n, f in fields if isinstance(f.type, GraphQLNonNull)}
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    return str(uuid4()) if type_.name == "ID" else _EXAMPLES[type_.name]


def _selection(type_: GraphQLNamedType) -> str:
    """Return the shortest selection of `type_`."""
    if not isinstance(type_, GraphQLObjectType):
        return ""
    fields = {name: get_named_type(field.type) for name, field in type_.fields.items()}
    name = next((name for name, inner in fields.items() if is_leaf_type(inner)), next(iter(fields)))
    return f"{{ {name} {_selection(fields[name])} }}"


def _operation(kind: str, name: str, field: GraphQLField, prefix: str = "") -> Operation:
    arguments = {
        name: argument
        for name, argument in field.args.items()
        if is_required_argument(argument) or get_named_type(argument.type).name == "ID"
    }
    declared = ", ".join(f"${name}: {argument.type}" for name, argument in arguments.items())
    passed = ", ".join(f"{name}: ${name}" for name in arguments)
    call = f"{name}({passed})" if passed else name
    call = f"{call} {_selection(get_named_type(field.type))}"
    return Operation(
        name=prefix + name,
        field=field,
        query=f"{kind} Staff{f'({declared})' if declared else ''} {{ %s }}"
        % (f"company {{ {call} }}" if prefix else call),
        variables={
            name: _example(argument.type)
            for name, argument in arguments.items()
            if is_required_argument(argument)
        },
    )


def _of_root(kind: str) -> Iterator[Operation]:
    for name, field in object_type(kind.capitalize()).fields.items():
        if permissions_of(field) is not None:
            yield _operation(kind, name, field)


def _with_id(operation: Operation) -> Iterator[Operation]:
    """Yield `operation` once for each id that it takes."""
    for argument_name, argument in operation.field.args.items():
        type_ = get_named_type(argument.type)
        inner = type_.fields.items() if isinstance(type_, GraphQLInputObjectType) else ()
        paths = [(argument_name, name) for name, f in inner if get_named_type(f.type).name == "ID"]
        for path in [(argument_name,)] if type_.name == "ID" else paths:
            yield replace(operation, name=".".join((operation.name, *path)), id_path=path)


STAFF_ROOTS: Final = [
    operation for kind in ("query", "mutation", "subscription") for operation in _of_root(kind)
]
COMPANY_FIELDS: Final = [
    _operation("query", name, field, "company.")
    for name, field in object_type("Company").fields.items()
    if permissions_of(field) is not None
]
WITH_ID: Final = [
    found for operation in (*STAFF_ROOTS, *COMPANY_FIELDS) for found in _with_id(operation)
]
