"""Resolvers of fields with their arguments, for the plans of `api/plan.py`."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias, cast

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLResolveInfo,
    default_field_resolver,
    get_argument_values,
)
from graphql.execution.values import VariableValues, coerce_argument
from strawberry.extensions.field_extension import FieldExtension, build_field_extension_resolvers
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info

from api.input_objects import maker_of
from api.variables import has_variable

Arguments: TypeAlias = Callable[[VariableValues], dict[str, Any]]
"""Returns the arguments of a field. Raises GraphQLError if one is invalid."""
Resolver: TypeAlias = Callable[[Any, GraphQLResolveInfo[Any], VariableValues], Any]
"""Resolves a field of an object, with the values of the variables."""


def resolver_of(field: GraphQLField, node: FieldNode) -> Resolver:
    """Return the resolver of `field` with the arguments of `node`."""
    resolve = field.resolve or default_field_resolver
    arguments = _arguments_of(field, node)
    direct = _direct_resolver(field, arguments)
    return direct or (lambda source, info, variables: resolve(source, info, **arguments(variables)))


def _direct_resolver(field: GraphQLField, arguments: Arguments) -> Resolver | None:
    """Return what calls the function itself, through its extensions; None if Strawberry must."""
    definition = (field.extensions or {}).get("strawberry-definition")
    if not isinstance(definition, StrawberryField) or definition.is_subscription:
        return None
    resolver = definition.base_resolver
    if resolver is None or resolver.self_parameter is None:
        return None
    makers = _makers_of(field)
    if makers is None or _maps_arguments(definition):
        return None
    info_name = resolver.info_parameter.name if resolver.info_parameter else None
    function = cast("Callable[..., Any]", resolver.wrapped_func)

    def call(source: object, info: Info[Any, Any], **given: object) -> object:
        if info_name is not None:
            given[info_name] = info
        return function(source, **given)

    for extend in build_field_extension_resolvers(definition):
        call = partial(extend, call)

    def resolve(source: object, info: GraphQLResolveInfo[Any], variables: VariableValues) -> object:
        given = {}
        for name, value in arguments(variables).items():
            python_name, make = makers[name]
            given[python_name] = make(value)
        return call(source, Info(_raw_info=info, _field=definition), **given)

    return resolve


def _makers_of(field: GraphQLField) -> dict[str, tuple[str, Callable[[Any], Any]]] | None:
    """Return the arguments' names in Python and what makes them; None if Strawberry must."""
    makers = {}
    for name, argument in field.args.items():
        make = maker_of(argument.type)
        if make is None:
            return None
        python_name = argument.extensions["strawberry-definition"].python_name
        makers[argument.out_name or name] = python_name, make
    return makers


def _maps_arguments(field: StrawberryField) -> bool:
    """Whether an extension changes the arguments, which is left to Strawberry."""
    own = FieldExtension.map_arguments
    return any(type(extension).map_arguments is not own for extension in field.extensions)


def _arguments_of(field: GraphQLField, node: FieldNode) -> Arguments:
    given = {argument.name.value: argument for argument in node.arguments or ()}
    constants: dict[str, Any] = {}
    varying = [name for name in field.args if name in given and has_variable(given[name].value)]
    try:
        for name, argument in field.args.items():
            if name not in varying:
                coerce_argument(constants, node, name, argument, given.get(name), None, None)
    except GraphQLError:  # Raised again when it is executed.
        return partial(get_argument_values, field, node)
    if not varying:
        return lambda _: constants

    def coerce(variables: VariableValues) -> dict[str, Any]:
        values = dict(constants)
        for name in varying:
            coerce_argument(values, node, name, field.args[name], given[name], variables, None)
        return values

    return coerce
