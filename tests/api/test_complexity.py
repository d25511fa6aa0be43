"""Limits on the cost, depth and size of a request."""

import time
from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_introspection_query, parse

from api.complexity import MAX_DEPTH, Measure, measure
from api.query_size import MAX_ALIASES, MAX_FRAGMENTS, MAX_OPERATIONS, MAX_SPREADS, Size, size_of
from api.schema import make_schema
from core.response_budget import MAX_COST
from tests.support.clients import Business, Caller

MAX_SECONDS = 1.0
"""Seconds of processor time within which the worst document must be refused. It takes 50 ms."""


def measured(query: str, **variables: Any) -> Measure:
    """Return the depth and cost of the only operation in `query`."""
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
    # 1,031: the company, the page, and edges. 82: a row, its invoice, node and id.
    assert measured(query, **variables) == Measure(depth=5, cost=1031 + size * 82)


def test_nested_pages_multiply_cost() -> None:
    views = "edges { node { views(first: 10) { edges { node { id } } } } }"
    assert measured(rows("(first: 5)", views)).cost == 1031 + 5 * (81 + 61 + 10 * 22)


def test_a_fragment_is_measured_per_page_size() -> None:
    fragment = " fragment E on InvoiceConnection { edges { node { id } } }"
    query = "{ company { a: invoices(first: 5) { ...E } b: invoices(first: 7) { ...E } } }"
    assert measured(query + fragment).cost == 30 + (1001 + 5 * 82) + (1001 + 7 * 82)


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        (rows("(first: 5)", "totalCount"), 1030 + 5 * 80 + 150),
        (rows("(first: 5)", "edges { node { lines { description } } }"), 1031 + 5 * (81 + 31)),
        (rows("(first: 5)", "edges { node { payments { id method } } }"), 1031 + 5 * (81 + 32)),
        ('{ invoice(token: "") { lines { description } } }', 1060 + 2),
        ('{ invoice(token: "") { ...F } } fragment F on PublicInvoice { lines { unit } }', 1062),
        ('{ invoice(token: "") { total { formatted } } }', 1060 + 1 + 3),
        ("{ me { permissions } }", 31),
        ('{ portal(token: "") { balances { credit { amount } } } }', 1000 + 3 + 2),
        ("{ __typename me { __typename name } }", 31),
        ('{ __type(name: "Query") { fields { name } } }', 34),
    ],
)
def test_fields_with_a_query_of_their_own_cost_more(query: str, cost: int) -> None:
    assert measured(query).cost == cost


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
def test_skipped_fields_cost_nothing(
    directive: str, variables: dict[str, Any], *, counts: bool
) -> None:
    head = "query Q($yes: Boolean, $no: Boolean = true)"
    for selection in ("a: me %s { name }", "... on Query %s { a: me { name } }", "...F %s"):
        fragment = "fragment F on Query { a: me { name } }"
        query = f"{head} {{ __typename {selection % directive} }} {fragment}"
        expected = Measure(2, 31) if counts else Measure(1, 0)
        assert measured(query, **variables) == expected


def test_a_fragment_counts_wherever_it_is_spread() -> None:
    query = "{ company { ...C } a: company { ...C } } fragment C on Company { id name }"
    assert measured(query) == Measure(depth=2, cost=64)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("{ me { name } company { name } }", Size(1, 0, 0, 0)),
        ("{ me { name } me { name } ... { me { email } } }", Size(1, 0, 0, 2)),
        ("{ me { a: name ... @skip(if: true) { b: name } } }", Size(1, 0, 0, 2)),
        ("{ ...F me { ...G } } fragment F on Query { me { ...G ...G } }", Size(1, 1, 4, 0)),
        ("query A { a: me { name } } query B { b: me { name } }", Size(2, 0, 0, 2)),
        ("{ me { name } } fragment F on Query { ... { f: me { name name } } }", Size(1, 1, 0, 2)),
        ("type Query { a: Int }", Size()),
    ],
)
def test_size_counts_the_whole_text(text: str, size: Size) -> None:
    assert size_of(parse(text)) == size


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ ...Missing }", Measure()),
        ("{ ...F } fragment F on Query { me { name } ...F }", Measure(2, 31)),
        ("{ nothing(first: 5) { known } }", Measure(2, 2)),
    ],
)
def test_invalid_documents_are_measured(query: str, expected: Measure) -> None:
    assert measured(query) == expected


# --- what is refused ----------------------------------------------------------------------------


EXPONENTIAL = "{ ...F0 } " + " ".join(
    [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(19)]
    + ["fragment F19 on Query { me { name } }"]
)
WIDE = "{" + " ".join(f"a{n}: me {{ name }}" for n in range(31)) + "}"
MONEY = "{ amount currency formatted }"
LINES = f"lines {{ description quantity unitPrice {MONEY} taxRate amount {MONEY} }}"
FRAGMENTS = " ".join(f"fragment F{n} on Query {{ me {{ name }} }}" for n in range(21))
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
        id="introspection with many aliases",
    ),
    pytest.param(
        "{ ... @skip(if: true) {" + "me { name } " * 480 + "} __typename }",
        f"The query has 479 aliases and repeated fields. The limit is {MAX_ALIASES}.",
        id="repeated in a skipped fragment",
    ),
    pytest.param(
        "{ __typename } fragment F on Query {" + "me { name } " * 480 + "}",
        f"The query has 479 aliases and repeated fields. The limit is {MAX_ALIASES}.",
        id="repeated in an unused fragment",
    ),
    pytest.param(
        "{" + " ".join(f"...F{n}" for n in range(21)) + "}" + FRAGMENTS,
        f"The query has 21 fragments. The limit is {MAX_FRAGMENTS}.",
        id="many fragments",
    ),
    pytest.param(
        "{" + "...F " * 61 + "} fragment F on Query { me { name } }",
        f"The query has 61 fragment spreads. The limit is {MAX_SPREADS}.",
        id="many spreads",
    ),
    pytest.param(
        rows("(first: 100)", "edges { node { views(first: 100) { edges { node { id } } } } }"),
        f"The query costs 235,231 points. The limit is {MAX_COST:,}.",
        id="expensive",
    ),
    pytest.param(
        rows(
            "(first: $n)",
            "edges { node { views(first: $n) { edges { node { id } } } } }",
            "($n: Int = 100)",
        ),
        f"The query costs 235,231 points. The limit is {MAX_COST:,}.",
        id="expensive by default",
    ),
    pytest.param(
        EXPONENTIAL,
        f"The query costs {31 * 2**19:,} points. The limit is {MAX_COST:,}.",
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
        id="too deeply nested to parse",
    ),
    pytest.param(
        "{ company { invoices(first: " + "[" * 500 + "]" * 500 + ") { totalCount } } }",
        "Syntax Error: Document is nested too deeply. Parsing aborted.",
        id="a value too deeply nested to parse",
    ),
]


@pytest.mark.parametrize(("query", "message"), REFUSED)
async def test_a_query_over_a_limit_is_refused_with_figures(
    business: Business, query: str, message: str
) -> None:
    started = time.process_time()
    refusal = await business.refused(query)
    assert time.process_time() - started < MAX_SECONDS
    assert (refusal.code, refusal.errors[0]["message"]) == ("QUERY_TOO_COMPLEX", message)


async def test_a_mutation_over_a_limit_changes_nothing(business: Business) -> None:
    refusal = await business.refused(
        "mutation { " + " ".join(f"a{n}: signOut" for n in range(31)) + " }"
    )
    assert refusal.code == "QUERY_TOO_COMPLEX"
    assert (await business.gql("{ me { name } }"))["me"] == {"name": "bootstrap"}


async def test_a_syntax_error_that_mentions_a_limit_is_bad_input(business: Business) -> None:
    refusal = await business.refused('{ me "contains more than 2000 tokens" }')
    assert refusal.code == "BAD_INPUT"


async def test_the_introspection_query_of_graphiql_is_answered(business: Business) -> None:
    query = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        input_value_deprecation=True,
    )
    schema = (await business.stranger.gql(query))["__schema"]
    assert schema["queryType"]["name"] == "Query"


@pytest.mark.parametrize("name", ["A", "B"])
async def test_unselected_operations_count_towards_size(business: Business, name: str) -> None:
    text = "query A { me { name } } query B {" + "me { name } " * 480 + "}"
    body = {"query": text, "operationName": name}
    [error] = (await business.http.post("/graphql", json=body)).json()["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"


async def test_many_operations_are_refused(business: Business) -> None:
    text = " ".join(f"query Q{n} {{ me {{ name }} }}" for n in range(11))
    body = {"query": text, "operationName": "Q0"}
    [error] = (await business.http.post("/graphql", json=body)).json()["errors"]
    assert error["message"] == f"The query has 11 operations. The limit is {MAX_OPERATIONS}."


async def test_only_the_first_validation_errors_are_reported(business: Business) -> None:
    fields = " ".join(f"unknown{n}: 1" for n in range(400))
    refusal = await business.refused(
        f"mutation {{ createInvoice(input: {{ {fields} }}) {{ invoice {{ id }} }} }}"
    )
    assert (refusal.code, len(refusal.errors)) == ("BAD_INPUT", 6)


TOTALS = " ".join(
    f"{name} {MONEY}"
    for name in ("subtotal", "discount", "tax", "total", "amountPaid", "amountPending", "amountDue")
)
STATS = "viewStats { viewCount uniqueIps firstViewedAt lastViewedAt isLive }"


@pytest.mark.parametrize(
    ("first", "below"),
    [
        (100, f"number status {TOTALS} customer {{ id name email portalUrl }} {STATS}"),
        (20, f"id number status issueDate dueDate customer {{ id name }} {LINES} {TOTALS}"),
        (100, "number views(first: 1) { totalCount edges { node { viewedAt } } }"),
    ],
)
async def test_ordinary_queries_stay_within_the_limits(
    business: Business, first: int, below: str
) -> None:
    await business.make_invoice()
    page = f"totalCount pageInfo {{ endCursor }} edges {{ cursor node {{ {below} }} }}"
    data = await business.gql(rows(f"(first: {first})", page))
    assert data["company"]["invoices"]["totalCount"] == 1


PUBLIC_INVOICE = """__typename number status isOverdue issueDate dueDate notes pdfUrl
    business { __typename name logoUrl address email phone website taxId }
    billTo { __typename name email address taxId }
    lines { __typename description quantity taxRate unitPrice { ...M } amount { ...M } }
    subtotal { ...M } discount { ...M } tax { ...M } total { ...M } amountPaid { ...M }
    amountPending { ...M } amountDue { ...M }
    payment { __typename partialAllowed amountDue { ...M } minimum { ...M } }"""
PORTAL = f"""query Portal($token: String!) {{ portal(token: $token) {{ __typename
    business {{ __typename name logoUrl address email phone website taxId }}
    customer {{ __typename name email address taxId }} isOverdue
    balances {{ __typename outstanding {{ ...M }} overdue {{ ...M }} credit {{ ...M }} }}
    invoices(first: 20) {{ __typename totalCount edges {{ __typename cursor node {{
    {PUBLIC_INVOICE} }} }} pageInfo {{
    __typename hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}
    fragment M on Money {{ __typename amount currency formatted }}"""


async def test_a_full_portal_query_stays_within_the_limits(business: Business) -> None:
    customer_id = await business.make_customer()
    await business.make_invoice(customerId=customer_id)
    token = await business.share_portal(customer_id)
    portal = (await business.stranger.gql(PORTAL, token=token))["portal"]
    assert portal["invoices"]["totalCount"] == 1
    assert measured(PORTAL).cost < MAX_COST * 0.9


async def test_a_query_made_of_fragments_stays_within_the_limits(business: Business) -> None:
    token = await business.share(await business.make_invoice())
    money = " ".join(f"{name} {{ __typename ...Money }}" for name in ("tax", "total", "amountDue"))
    query = f"""query Page($token: String!) {{ __typename
      invoice(token: $token) {{ __typename ...Head ...Parties ...Lines ...Totals ...Pay }} }}
    fragment Money on Money {{ __typename amount currency formatted }}
    fragment Head on PublicInvoice {{ __typename number status isOverdue ...Dates }}
    fragment Dates on PublicInvoice {{ __typename issueDate dueDate }}
    fragment Parties on PublicInvoice {{ __typename business {{ ...From }} billTo {{ ...To }} }}
    fragment From on Business {{ __typename name address email phone website taxId }}
    fragment To on BillTo {{ __typename name email address taxId }}
    fragment Lines on PublicInvoice {{ __typename lines {{ ...Line }} }}
    fragment Line on LineItem {{ __typename description quantity taxRate ...Price ...Sum }}
    fragment Price on LineItem {{ __typename unitPrice {{ ...Money }} }}
    fragment Sum on LineItem {{ __typename amount {{ ...Money }} }}
    fragment Totals on PublicInvoice {{ __typename subtotal {{ ...Money }} {money} }}
    fragment Pay on PublicInvoice {{ __typename payment {{ __typename minimum {{ ...Money }} }} }}
    """
    invoice = (await business.stranger.gql(query, token=token))["invoice"]
    assert invoice["lines"][0]["amount"]["amount"] == "100.00"


async def test_limits_are_the_same_for_every_caller(business: Business, rival: Business) -> None:
    callers: list[Caller] = [business, rival, business.stranger]
    assert {(await caller.refused(WIDE)).code for caller in callers} == {"QUERY_TOO_COMPLEX"}
