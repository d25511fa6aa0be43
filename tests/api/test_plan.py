"""Plans give exactly the responses of graphql-core, whatever is asked and whatever fails."""

import asyncio
import json
from typing import Any, Final, cast

import pytest
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLObjectType,
    OperationType,
    execute,
    get_named_type,
    is_leaf_type,
    parse,
    validate,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.execution import PortalExecutor
from api.plan import Plans
from tests.support.any_schema import SCHEMA, World

_VARIABLES: Final = {
    "yes": ("Boolean!", st.booleans()),
    "perhaps": ("Boolean = true", st.one_of(st.booleans(), st.none())),
    "text": ("String!", st.just("given")),
    "n": ("Int", st.sampled_from([1, None])),
    "count": ("Int = 1", st.sampled_from([0, 3, None])),
    "x": ("Int! = 4", st.just(5)),
    "point": ("Point", st.sampled_from([None, {"x": 1}, {"x": 1, "color": "GREEN", "tags": []}])),
    "color": ("Color", st.sampled_from(["RED", None])),
}
_ARGUMENTS: Final = {
    "echo": [
        "",
        "(n: 4)",
        "(n: $x)",
        "(n: $n)",
        "(color: $color, point: $point)",
        '(point: {x: $x, tags: ["a", $text]}, texts: ["b"])',
        "(point: {x: 1, y: null, color: GREEN}, color: RED)",
        "(texts: [$text])",
    ],
    "later": ['(required: "constant")', "(required: $text)"],
    "children": ["", "(count: 3)", "(count: $count)", "(count: null)"],
    "thing": ["", '(name: "other")', "(name: $text)"],
    "change": ["", "(point: $point)", "(point: {x: $x})"],
}
_DIRECTIVES: Final = [
    *[""] * 12,
    " @skip(if: true)",
    " @skip(if: false)",
    " @include(if: true) @skip(if: $yes)",
    " @include(if: $yes)",
    " @skip(if: $perhaps)",
]


@st.composite
def _operations(draw: st.DrawFn) -> str:
    """Return a valid document with one operation."""
    fragments: list[str] = []
    schema = SCHEMA._schema
    kind = draw(st.sampled_from(["query", "query", "mutation"]))

    def selections_of(type_: GraphQLObjectType, depth: int) -> str:
        count = draw(st.integers(1, 4))
        return "{ " + " ".join(selection_of(type_, depth) for _ in range(count)) + " }"

    def selection_of(type_: GraphQLObjectType, depth: int) -> str:
        directive = draw(st.sampled_from(_DIRECTIVES))
        match draw(st.integers(0, 9)) if depth else 9:
            case 0:
                condition = draw(st.sampled_from(["", f" on {type_}"]))
                return f"...{condition}{directive} {selections_of(type_, depth - 1)}"
            case 1:
                name = f"F{len(fragments)}"
                fragments.append("")
                below = selections_of(type_, depth - 1)
                fragments[int(name[1:])] = f"fragment {name} on {type_} {below}"
                return f"...{name}{directive}"
            case 2:
                return f"__typename{directive}"
            case _:
                return field_of(type_, depth, directive)

    def field_of(type_: GraphQLObjectType, depth: int, directive: str) -> str:
        usable = [
            name
            for name, field in type_.fields.items()
            if depth or is_leaf_type(get_named_type(field.type))
        ]
        if not usable:
            return "__typename"
        name = draw(st.sampled_from(usable))
        arguments = draw(st.sampled_from(range(len(_ARGUMENTS.get(name, [""])))))
        given = _ARGUMENTS.get(name, [""])[arguments]
        # The same name in the response always means the same field with the same arguments.
        alias = (
            draw(st.sampled_from(["", f"a{arguments}_{name}: "]))
            if not given
            else f"a{arguments}_{name}: "
        )
        inner = get_named_type(type_.fields[name].type)
        below = (
            f" {selections_of(inner, depth - 1)}" if isinstance(inner, GraphQLObjectType) else ""
        )
        return f"{alias}{name}{given}{directive}{below}"

    root = schema.get_root_type(OperationType(kind))
    assert root is not None
    body = selections_of(root, 3)
    text = " ".join([body, *fragments])
    used = [name for name in _VARIABLES if f"${name}" in text]
    definitions = ", ".join(f"${name}: {_VARIABLES[name][0]}" for name in used)
    return f"{kind} {f'({definitions})' if used else ''} {text}"


@st.composite
def _values(draw: st.DrawFn) -> dict[str, Any]:
    """Return values of the variables, of which some may be left out."""
    values: dict[str, Any] = {}
    for name, (type_, strategy) in _VARIABLES.items():
        if ("!" in type_ and "=" not in type_) or draw(st.booleans()):
            values[name] = draw(strategy)
    return values


async def _seen(
    executor: type[Any], document: DocumentNode, variables: dict[str, Any], world: World
) -> dict[str, object]:
    """Execute an operation, and return all that can be seen of it."""
    result = execute(
        SCHEMA._schema,
        document,
        context_value=world,
        variable_values=variables,
        executor_class=executor,
        is_awaitable=cast("Any", optimized_is_awaitable),
    )
    if not isinstance(result, ExecutionResult):
        result = await result
    assert isinstance(result, ExecutionResult)
    for _ in range(20):  # Lets fields finish that nobody waits for any more.
        await asyncio.sleep(0)
    return {
        "data": json.dumps(result.data),
        "errors": [(error.message, error.path, error.locations) for error in result.errors or ()],
        "resolved": world.resolved,
    }


async def _compare(text: str, variables: dict[str, Any], seed: int, faults: int) -> None:
    document = parse(text)
    plans = Plans(SCHEMA._schema, document, text)
    expected, interpreted, compiled = [
        await _seen(executor, document, variables, World(seed, faults, plans=plans))
        for executor in (StrawberryGraphQLCoreExecutionContext, PortalExecutor, PortalExecutor)
    ]
    assert interpreted == expected
    assert compiled == expected


@pytest.mark.timeout(1_800)
# Both leave coroutines behind that were to run below a field that has been cancelled.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_a_plan_gives_what_graphql_core_gives(pytestconfig: pytest.Config) -> None:
    examples = 4_000 if pytestconfig.getoption("full") else 150

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_operations(), _values(), st.integers(0, 999), st.sampled_from([0, 3, 20]))
    def check(text: str, variables: dict[str, Any], seed: int, faults: int) -> None:
        assert not validate(SCHEMA._schema, parse(text))
        asyncio.run(_compare(text, variables, seed, faults))

    check()
