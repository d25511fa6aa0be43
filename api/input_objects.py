"""Making input objects: as Strawberry makes them, without asking for the types of plain values."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any

import strawberry
from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    get_nullable_type,
    is_input_object_type,
    is_leaf_type,
)
from strawberry.types.arguments import InputContext, convert_argument
from strawberry.types.base import StrawberryMaybe, StrawberryObjectDefinition
from strawberry.types.field import StrawberryField


def make_input_objects_directly(schema: strawberry.Schema) -> None:
    """Let all input types of `schema` make their own objects."""
    for type_ in schema._schema.type_map.values():
        if is_input_object_type(type_):
            definition = type_.extensions["strawberry-definition"]
            assert isinstance(definition, StrawberryObjectDefinition)
            definition.from_input = _InputObjects(schema, type_, definition)


def maker_of(type_: GraphQLInputType) -> Callable[[Any], Any] | None:
    """Return what makes an argument of `type_` from its coerced value; None if Strawberry must."""
    nullable = get_nullable_type(type_)
    if is_leaf_type(nullable):
        return lambda value: value
    if not is_input_object_type(nullable):
        return None
    objects = nullable.extensions["strawberry-definition"].from_input
    return objects.make if isinstance(objects, _InputObjects) else None


class _InputObjects:
    """Makes the objects of one input type."""

    def __init__(
        self,
        schema: strawberry.Schema,
        type_: GraphQLInputObjectType,
        definition: StrawberryObjectDefinition,
    ) -> None:
        self._schema = schema
        self._class = definition.origin
        self._defaults = {
            field.python_name: None
            for field in definition.fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }
        fields = {name: (_field_of(given), given) for name, given in type_.fields.items()}
        self._plain = {
            name: field.python_name
            for name, (field, given) in fields.items()
            if is_leaf_type(get_nullable_type(given.type))
            and not isinstance(field.type, StrawberryMaybe)
        }
        self._others = {
            name: (field.python_name, field.resolve_type(type_definition=definition))
            for name, (field, _) in fields.items()
            if name not in self._plain
        }

    def __call__(self, _: type, values: Mapping[str, Any], __: InputContext) -> object:
        """Return the object that has the given `values`, as Strawberry asks for it."""
        return self.make(values)

    def make(self, values: Mapping[str, Any] | None) -> object:
        """Return the object that has the given `values`; None if there are none."""
        if values is None:
            return None
        made: dict[str, Any] = dict(self._defaults)
        for name, value in values.items():
            if name in self._plain:
                made[self._plain[name]] = value
            else:
                python_name, type_ = self._others[name]
                made[python_name] = convert_argument(
                    value, type_, self._schema.schema_converter.scalar_registry, self._schema.config
                )
        return self._class(**made)


def _field_of(given: GraphQLInputField) -> StrawberryField:
    field = given.extensions["strawberry-definition"]
    assert isinstance(field, StrawberryField)
    return field
