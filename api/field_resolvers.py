"""Resolvers of fields with their arguments, for the plans of `api/plan.py`."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLResolveInfo,
    default_field_resolver,
    get_argument_values,
)
from graphql.execution.values import VariableValues, coerce_argument

from api.variables import has_variable

Arguments: TypeAlias = Callable[[VariableValues], dict[str, Any]]
"""Returns the arguments of a field. Raises GraphQLError if one is invalid."""
Resolver: TypeAlias = Callable[[Any, GraphQLResolveInfo[Any], VariableValues], Any]
"""Resolves a field of an object, with the values of the variables."""


def resolver_of(field: GraphQLField, node: FieldNode) -> Resolver:
    """Return the resolver of `field` with the arguments of `node`."""
    resolve = field.resolve or default_field_resolver
    arguments = _arguments_of(field, node)
    return lambda source, info, variables: resolve(source, info, **arguments(variables))


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
