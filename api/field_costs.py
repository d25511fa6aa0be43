"""What fields cost, in points of about a microsecond of CPU time.

`api/complexity.py` adds them up for what a query asks for before it is executed, and
`api/plan.py` for what its response really has.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_introspection_type,
    is_object_type,
)
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from core.response_budget import ROW_COST
from schema.connections import Edge
from schema.documents import Document

_FIELD: Final = 1
_COMPUTED: Final = 3
"""A field that is computed when it is read, such as a formatted amount."""
_LOADED: Final = 30
"""A field that loads something, or asks who the caller is."""
_PAGED: Final = 60
"""A page of a list of a row, which is loaded together with those of other rows."""
_OPENED: Final = 1_000
"""A look-up or a list of the whole company or portal, and whatever a token opens."""
_OPENING: Final = frozenset({"Company", "Mutation", "Portal", "Query"})
_BY_NAME: Final = {
    "totalCount": 150,
    # A document is read for the rules of four formats.
    "eInvoice": 300,
    "xmlUrl": 150,
    # They read many rows of the company at once.
    **dict.fromkeys(("followUps", "overview", "statement", "timeline"), _OPENED),
    # Something is done for them and rolled back.
    **dict.fromkeys(("actionPreview", "emailPreview"), 5_000),
    # They do something for each of up to a hundred documents.
    **dict.fromkeys(("sendInvoices", "sendReminders"), 20_000),
}
"""Fields with points of their own."""
_DOCUMENT: Final = 60
"""An invoice, quote or credit note, of which many fields are prepared at once."""
_LONG_TEXTS: Final = frozenset(
    {"address", "defaultNotes", "description", "footer", "notes", "paymentTerms", "reason"}
)
"""Texts that can be long, which cost more the longer they are."""
CHARACTERS: Final = 500
"""Of a long text, for a point. Shorter texts cost nothing beyond their field."""


@dataclass(frozen=True, slots=True)
class FieldCost:
    """The points of a field, and whether the fields below it are repeated."""

    points: int = _FIELD
    page_size: int | None = None
    """The page size if none is given; None if it isn't a list with pages."""
    row_points: int = 0
    """The points of each row of a list with pages, which is loaded whatever is selected of it."""
    is_edges: bool = False
    """Whether it has as many rows as the page around it."""
    object_points: int = 0
    """The points of the object that it holds, without its fields."""


_UNKNOWN: Final = FieldCost()
_TYPENAME: Final = FieldCost(0)
_INTROSPECTION: Final = FieldCost(_LOADED)
_OF_SCHEMA: Final = FieldCost(2)


def cost_of(type_: GraphQLNamedType | None, name: str) -> FieldCost:
    """Return the cost of a field of `type_`; that of an unknown field is that of a plain one."""
    if name == "__typename":
        return _TYPENAME
    if name in {"__schema", "__type"}:
        return _INTROSPECTION
    return _costs(type_).get(name, _UNKNOWN) if is_object_type(type_) else _UNKNOWN


@cache
def _costs(type_: GraphQLObjectType) -> dict[str, FieldCost]:
    return {name: _cost(type_, name, field) for name, field in type_.fields.items()}


def _cost(type_: GraphQLObjectType, name: str, field: GraphQLField) -> FieldCost:
    if is_introspection_type(type_):
        return _OF_SCHEMA
    points, inner = _points(type_, name, field), get_named_type(field.type)
    if "first" in field.args:
        return FieldCost(
            points,
            page_size=int(field.args["first"].default_value),
            row_points=ROW_COST + cost_of_object(_node_of(inner)),
        )
    if name == "edges" and "pageInfo" in type_.fields:
        return FieldCost(points, is_edges=True)
    return FieldCost(points, object_points=0 if _is_edge(type_) else cost_of_object(inner))


def _node_of(connection: GraphQLNamedType) -> GraphQLNamedType:
    """Return the type of the rows of a list with pages."""
    assert isinstance(connection, GraphQLObjectType)
    edge = get_named_type(connection.fields["edges"].type)
    assert isinstance(edge, GraphQLObjectType)
    node: GraphQLNamedType = get_named_type(edge.fields["node"].type)
    return node


def _points(type_: GraphQLObjectType, name: str, field: GraphQLField) -> int:
    definition = (field.extensions or {}).get("strawberry-definition")
    resolver = definition.base_resolver if isinstance(definition, StrawberryField) else None
    if resolver is None:
        return _FIELD
    if points := _BY_NAME.get(name):
        return points
    if field.args:
        return _OPENED if type_.name in _OPENING else _PAGED
    return _LOADED if resolver.is_async or resolver.info_parameter else _COMPUTED


@cache
def cost_of_object(type_: GraphQLNamedType) -> int:
    """Return the points of an object of `type_`, without its fields."""
    if _is_edge(type_):
        return ROW_COST
    return _DOCUMENT if _is_a(Document, type_) else 0


def _is_edge(type_: GraphQLNamedType) -> bool:
    return _is_a(Edge, type_)


def _is_a(class_: type, type_: GraphQLNamedType) -> bool:
    definition: Any = (type_.extensions or {}).get("strawberry-definition")
    return isinstance(definition, StrawberryObjectDefinition) and issubclass(
        definition.origin, class_
    )


def is_long_text(type_: GraphQLObjectType, name: str) -> bool:
    """Whether the field holds a text whose length matters."""
    return name in _LONG_TEXTS and not is_introspection_type(type_)


def cost_of_text(text: str) -> int:
    """Return the points of a long text, in addition to those of its field."""
    return len(text) // CHARACTERS
