"""The cache of what is known about the texts of queries."""

import pytest
from graphql import GraphQLSyntaxError

from api.query_cache import QueryCache
from api.schema import make_schema

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
