"""Automatic persisted queries, as Apollo Client and urql use them."""

import json
from hashlib import sha256
from typing import Any, Final

import httpx
import pytest

from api import executors
from api.http import persisted_queries
from api.http.persisted_queries import PersistedQueries
from tests.support.clients import Business

QUERY: Final = "query Persisted { __typename }"
_SUBSCRIPTION: Final = "subscription Persisted { viewedInvoice { cursor } }"


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> PersistedQueries:
    """Return the portal's store, which is empty."""
    empty = PersistedQueries()
    for module in (persisted_queries, executors):
        monkeypatch.setattr(module, "PERSISTED_QUERIES", empty)
    return empty


def _extensions(query: str = QUERY, /, **persisted: object) -> dict[str, Any]:
    digest = sha256(query.encode()).hexdigest()
    return {"persistedQuery": {"version": 1, "sha256Hash": digest} | persisted}


def _error(answer: httpx.Response) -> tuple[str, str]:
    [error] = answer.json()["errors"]
    return error["message"], error["extensions"]["code"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_text_is_sent_once(http: httpx.AsyncClient, method: str) -> None:
    async def send(**parameters: Any) -> httpx.Response:
        if method == "POST":
            return await http.post("/graphql", json=parameters)
        texts = {name: v if isinstance(v, str) else json.dumps(v) for name, v in parameters.items()}
        return await http.get("/graphql", params=texts)

    unknown = await send(extensions=_extensions())
    assert unknown.status_code == 200
    assert _error(unknown) == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
    for parameters in ({"query": QUERY}, {}):
        answer = await send(extensions=_extensions(), **parameters)
        assert answer.json()["data"] == {"__typename": "Query"}


async def test_a_subscription_s_text_is_sent_once(business: Business) -> None:
    headers = business.headers | {"accept": "text/event-stream"}
    extensions = _extensions(_SUBSCRIPTION)

    async def starts(**parameters: Any) -> bool:
        body = {"extensions": extensions, **parameters}
        async with business.http.stream("POST", "/graphql", json=body, headers=headers) as answer:
            if answer.headers["content-type"].startswith("text/event-stream"):
                return True
            await answer.aread()
            assert _error(answer)[1] == "PERSISTED_QUERY_NOT_FOUND"
            return False

    assert [await starts(), await starts(query=_SUBSCRIPTION), await starts()] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    "persisted",
    [{"version": 2}, {"sha256Hash": "x"}, {"sha256Hash": None}, {"sha256Hash": "A" * 64}],
)
async def test_another_form_is_not_supported(
    http: httpx.AsyncClient, persisted: dict[str, object]
) -> None:
    answer = await http.post("/graphql", json={"extensions": _extensions(**persisted)})
    assert _error(answer) == ("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")


async def test_a_wrong_digest_is_refused(http: httpx.AsyncClient, store: PersistedQueries) -> None:
    body = {"query": "{ a: __typename }", "extensions": _extensions()}
    answer = await http.post("/graphql", json=body)
    assert (answer.status_code, _error(answer)[1]) == (400, "BAD_INPUT")
    assert store.find(_extensions()["persistedQuery"]["sha256Hash"]) is None


@pytest.mark.parametrize("query", ["{", "{ nothing }", "{" * 3000])
async def test_what_cannot_be_executed_is_not_kept(http: httpx.AsyncClient, query: str) -> None:
    extensions = _extensions(query)
    await http.post("/graphql", json={"query": query, "extensions": extensions})
    answer = await http.post("/graphql", json={"extensions": extensions})
    assert _error(answer)[1] == "PERSISTED_QUERY_NOT_FOUND"


def test_who_sends_many_texts_pushes_out_none_of_others() -> None:
    store = PersistedQueries(max_length=10_000, max_length_per_client=2_000)
    store.keep("mine", "x" * 500, "me")
    for n in range(100):
        store.keep(f"other {n}", "y" * 500, "other")
    assert store.find("mine") == "x" * 500
    assert [n for n in range(100) if store.find(f"other {n}")] == [96, 97, 98, 99]


def test_the_store_is_bounded() -> None:
    store = PersistedQueries(max_length=10_000, max_length_per_client=2_000)
    for n in range(1_000):
        store.keep(f"text {n}", "x", f"client {n}")
    assert [n for n in range(1_000) if store.find(f"text {n}")] == list(range(950, 1_000))
    store.keep("long", "x" * 2_001, "me")
    assert store.find("long") is None
