"""How much one request may ask for."""

import time
from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_introspection_query, parse

from api.complexity import MAX_ALIASES, MAX_COST, MAX_DEPTH, Measure, measure
from api.schema import make_schema
from tests.clients import Business, Caller

PATIENCE = 1.0
"""Seconds in which the worst document must be refused; it takes some 50 ms."""


def measured(query: str, **variables: Any) -> Measure:
    """Return how large the first operation of `query` is."""
    document = parse(query)
    [operation] = [
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]
    return measure(make_schema()._schema, document, operation, variables)


def rows(first: str, below: str = "edges { node { id } }", head: str = "") -> str:
    """Return a query of the company's invoices."""
    return f"query Q{head} {{ company {{ invoices{first} {{ {below} }} }} }}"


# --- what is measured ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "variables", "size"),
    [
        (rows(""), {}, 20),
        (rows("(first: 7)"), {}, 7),
        (rows("(first: $n)", head="($n: Int!)"), {"n": 7}, 7),
        (rows("(first: $n)", head="($n: Int!)"), {"n": 7.0}, 7),
        (rows("(first: $n)", head="($n: Int = 100)"), {}, 100),
        (rows("(first: $n)", head="($n: Int = 100)"), {"n": 7}, 7),
        (rows("(first: $n)", head="($n: Int = 100)"), {"n": None}, 20),
        (rows("(first: $n)", head="($n: Int)"), {}, 20),
        (rows("(first: $n)", head="($n: Int!)"), {"n": "many"}, 20),
        (rows("(first: $n)", head="($n: Int!)"), {"n": float("inf")}, 20),
        (rows("(first: 100000)"), {}, 100),
        (rows(f"(first: {'9' * 5000})"), {}, 100),
        (rows("(first: -1)"), {}, 1),
        (rows('(first: "7")'), {}, 20),
        (rows("(first: null)"), {}, 20),
        (rows('(after: "x", first: 7)'), {}, 7),
    ],
)
def test_cost_follows_the_page_size(query: str, variables: dict[str, Any], size: int) -> None:
    # company, invoices, and in each row edges, node and id.
    assert measured(query, **variables) == Measure(depth=5, aliases=0, cost=2 + size * 3)


def test_pages_in_pages_multiply() -> None:
    views = "edges { node { views(first: 10) { edges { node { id } } } } }"
    assert measured(rows("(first: 5)", views)).cost == 2 + 5 * (3 + 10 * 3)


@pytest.mark.parametrize(
    ("directive", "variables", "counts"),
    [
        ("@skip(if: true)", {}, False),
        ("@skip(if: false)", {}, True),
        ("@include(if: true)", {}, True),
        ("@include(if: false)", {}, False),
        ("@include(if: $yes)", {"yes": True}, True),
        ("@include(if: $yes)", {"yes": False}, False),
        ("@skip(if: $no)", {}, False),
        ("@skip(if: $no)", {"no": False}, True),
        ("@include(if: true) @skip(if: true)", {}, False),
        ("@skip(if: 1)", {}, True),
    ],
)
def test_what_is_left_out_costs_nothing(
    directive: str, variables: dict[str, Any], *, counts: bool
) -> None:
    head = "query Q($yes: Boolean, $no: Boolean = true)"
    for selection in ("a: me %s { name }", "... on Query %s { a: me { name } }", "...F %s"):
        fragment = "fragment F on Query { a: me { name } }"
        query = f"{head} {{ __typename {selection % directive} }} {fragment}"
        expected = Measure(2, 1, 3) if counts else Measure(1, 0, 1)
        assert measured(query, **variables) == expected


def test_a_fragment_counts_wherever_it_is_spread() -> None:
    query = "{ company { ...C } a: company { ...C } } fragment C on Company { x: id name }"
    assert measured(query) == Measure(depth=2, aliases=3, cost=6)


def test_a_field_that_stands_twice_counts_as_an_alias() -> None:
    assert measured("{ me { name } me { name } ... { me { email } } }").aliases == 2
    assert measured("{ me { name } company { name } }").aliases == 0


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ ...Missing }", Measure()),
        ("{ ...F } fragment F on Query { me { name } ...F }", Measure(2, 0, 2)),
        ("{ nothing(first: 5) { known } }", Measure(2, 0, 2)),
    ],
)
def test_what_is_not_valid_is_measured_none_the_less(query: str, expected: Measure) -> None:
    assert measured(query) == expected


def test_introspection_counts_its_aliases_and_not_its_depth() -> None:
    assert measured("{ a: __schema { b: types { fields { name } } } }") == Measure(1, 2, 4)


# --- what is refused ----------------------------------------------------------------------------


EXPONENTIAL = "{ ...F0 } " + " ".join(
    [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(150)]
    + ["fragment F150 on Query { me { name } }"]
)
WIDE = "{" + " ".join(f"a{n}: me {{ name }}" for n in range(31)) + "}"
REFUSED = [
    pytest.param(
        "{ company" + " { a" * 12 + " }" * 13,
        f"The query is nested 13 levels deep. The limit is {MAX_DEPTH}.",
        id="deep",
    ),
    pytest.param(
        WIDE,
        f"The query has 31 aliases and repeated fields. The limit is {MAX_ALIASES}.",
        id="wide",
    ),
    pytest.param(
        "{" + "me { name } " * 480 + "}",
        f"The query has 479 aliases and repeated fields. The limit is {MAX_ALIASES}.",
        id="repeated fields",
    ),
    pytest.param(
        "{" + "... { me { name } } " * 200 + "}",
        f"The query has 199 aliases and repeated fields. The limit is {MAX_ALIASES}.",
        id="repeated in fragments",
    ),
    pytest.param(
        "{" + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(100)) + "}",
        f"The query has 100 aliases and repeated fields. The limit is {MAX_ALIASES}.",
        id="introspection under many names",
    ),
    pytest.param(
        rows("(first: 100)", "edges { node { views(first: 100) { edges { node { id } } } } }"),
        f"The query costs 30,302 points. The limit is {MAX_COST:,}.",
        id="dear",
    ),
    pytest.param(
        rows(
            "(first: $n)",
            "edges { node { views(first: $n) { edges { node { id } } } } }",
            "($n: Int = 100)",
        ),
        f"The query costs 30,302 points. The limit is {MAX_COST:,}.",
        id="dear by default",
    ),
    pytest.param(
        EXPONENTIAL,
        f"The query costs {2 * 2**150:,} points. The limit is {MAX_COST:,}.",
        id="exponential fragments",
    ),
    pytest.param(
        "{" + "__typename " * 2001 + "}",
        "Syntax Error: Document contains more than 2000 tokens. Parsing aborted.",
        id="long",
    ),
    pytest.param(
        "{" + "a {" * 500 + "b" + "}" * 501,
        "Syntax Error: Document is nested too deeply. Parsing aborted.",
        id="too deep to parse",
    ),
    pytest.param(
        "{ company { invoices(first: " + "[" * 500 + "]" * 500 + ") { totalCount } } }",
        "Syntax Error: Document is nested too deeply. Parsing aborted.",
        id="a value too deep to parse",
    ),
]


@pytest.mark.parametrize(("query", "message"), REFUSED)
async def test_too_much_is_refused_with_figures_and_at_once(
    business: Business, query: str, message: str
) -> None:
    started = time.perf_counter()
    refusal = await business.refused(query)
    assert time.perf_counter() - started < PATIENCE
    assert (refusal.code, refusal.errors[0]["message"]) == ("QUERY_TOO_COMPLEX", message)


async def test_a_mutation_that_is_too_large_is_not_done(business: Business) -> None:
    refusal = await business.refused(
        "mutation { " + " ".join(f"a{n}: signOut" for n in range(31)) + " }"
    )
    assert refusal.code == "QUERY_TOO_COMPLEX"
    assert (await business.gql("{ me { name } }"))["me"] == {"name": "bootstrap"}


async def test_a_word_in_the_text_is_not_taken_for_the_limit(business: Business) -> None:
    refusal = await business.refused('{ me "contains more than 2000 tokens" }')
    assert refusal.code == "BAD_INPUT"


async def test_what_graphiql_asks_for_is_answered(business: Business) -> None:
    query = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        input_value_deprecation=True,
    )
    schema = (await business.stranger.gql(query))["__schema"]
    assert schema["queryType"]["name"] == "Query"


async def test_a_page_of_a_hundred_invoices_is_answered(business: Business) -> None:
    await business.make_invoice()
    money = "{ amount currency formatted }"
    query = rows(
        "(first: 100)",
        f"totalCount pageInfo {{ endCursor }} edges {{ cursor node {{ id number status issueDate"
        f" dueDate customer {{ id name email }} lines {{ description quantity unitPrice {money} }}"
        f" subtotal {money} tax {money} total {money} amountDue {money} shareUrl"
        f" viewStats {{ viewCount lastViewedAt isLive }} payments {{ id amount {money} }} }} }}",
    )
    [edge] = (await business.gql(query))["company"]["invoices"]["edges"]
    assert edge["node"]["total"]["amount"] == "100.00"


async def test_a_refusal_is_no_matter_of_who_asks(business: Business, rival: Business) -> None:
    callers: list[Caller] = [business, rival, business.stranger]
    assert {(await caller.refused(WIDE)).code for caller in callers} == {"QUERY_TOO_COMPLEX"}
