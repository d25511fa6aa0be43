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
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.values import VariableValues, coerce_argument
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info

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
    """Return what calls the function itself, if Strawberry has nothing to convert or to ask."""
    definition = (field.extensions or {}).get("strawberry-definition")
    if not isinstance(definition, StrawberryField) or definition.extensions:
        return None
    resolver = definition.base_resolver
    if resolver is None or resolver.self_parameter is None or definition.is_subscription:
        return None
    if not all(is_leaf_type(get_nullable_type(each.type)) for each in field.args.values()):
        return None
    function = cast("Callable[..., Any]", resolver.wrapped_func)
    names = {
        argument.out_name or name: argument.extensions["strawberry-definition"].python_name
        for name, argument in field.args.items()
    }
    info_name = resolver.info_parameter and resolver.info_parameter.name

    def resolve(source: object, info: GraphQLResolveInfo[Any], variables: VariableValues) -> object:
        given = {names[name]: value for name, value in arguments(variables).items()}
        if info_name is not None:
            given[info_name] = Info(_raw_info=info, _field=definition)
        return function(source, **given)

    return resolve


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
