"""The cache of what is known about the texts of queries."""

from typing import Any

import pytest
from graphql import GraphQLSchema, GraphQLSyntaxError, OperationDefinitionNode

from api import query_cache
from api.complexity import Measure, measure
from api.query_cache import ParsedQuery, QueryCache
from api.schema import make_schema
from tests.support.clients import Business

SCHEMA = make_schema()._schema


def test_the_texts_used_last_are_kept_up_to_their_total_length() -> None:
    cache, texts = QueryCache(max_length=30), ["{ me { id } }", "{ me { na } }", "{ me { no } }"]
    first, second = (cache.read(SCHEMA, text) for text in texts[:2])
    assert cache.read(SCHEMA, texts[0]) is first
    cache.read(SCHEMA, texts[2])
    assert cache.read(SCHEMA, texts[0]) is first
    assert cache.read(SCHEMA, texts[1]) is not second


def test_a_long_text_is_not_kept_and_removes_nothing() -> None:
    cache = QueryCache(max_length=10_000)
    short, long = "{ __typename }", "{ __typename }" + " " * 9_000
    kept = cache.read(SCHEMA, short)
    assert cache.read(SCHEMA, long) is not cache.read(SCHEMA, long)
    assert cache.read(SCHEMA, short) is kept


def test_a_text_that_is_malformed_is_not_kept() -> None:
    cache = QueryCache(max_length=100)
    for _ in range(2):
        with pytest.raises(GraphQLSyntaxError):
            cache.read(SCHEMA, "{ me {")


async def test_a_text_that_is_refused_is_read_once(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    make = ParsedQuery.__init__

    def record(query: ParsedQuery, schema: GraphQLSchema, text: str) -> None:
        read.append(text)
        make(query, schema, text)

    monkeypatch.setattr(ParsedQuery, "__init__", record)
    text = "{ unknown }" + " " * 9_000
    assert (await business.stranger.refused(text)).code == "BAD_INPUT"
    assert read == [text]


def test_an_operation_is_measured_once_for_the_values_that_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured: list[object] = []

    def count(schema: Any, document: Any, operation: Any, variables: Any) -> Measure:
        measured.append(variables)
        return measure(schema, document, operation, variables)

    monkeypatch.setattr(query_cache, "measure", count)
    query = ParsedQuery(
        SCHEMA,
        "query ($token: String!, $first: Int = 5, $short: Boolean = false) {"
        " portal(token: $token) { invoices(first: $first) {"
        " edges { node { number total @skip(if: $short) { amount } } } } } }",
    )
    node = query.document.definitions[0]
    assert isinstance(node, OperationDefinitionNode)
    alike: list[dict[str, object]] = [{"token": "a"}, {"token": "b", "other": [1]}]
    different: list[dict[str, object]] = [
        {"first": 2},
        {"first": 2, "short": True},
        {"first": 2, "short": 1},
        {"first": [2]},
    ]
    expected = [measure(SCHEMA, query.document, node, each) for each in [*alike, *different]]
    assert [query.measure(node, each) for each in [*alike, *different]] == expected
    assert measured == [alike[0], *different]
    assert query.measure(node, {"first": 2, "short": True}) == expected[3]
    assert len(measured) == 5
    query.measure(node, {"first": [2]})
    assert len(measured) == 6  # a long value isn't kept
