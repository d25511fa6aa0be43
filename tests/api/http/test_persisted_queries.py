"""Automatic persisted queries, as Apollo Client and urql use them."""

import json
from hashlib import sha256
from itertools import count
from typing import Any, Final

import httpx
import pytest

from api import endpoint, executors
from api.http import persisted_queries
from api.http.persisted_queries import PersistedQueries
from tests.support.clients import Business, eventually

QUERY: Final = "query Persisted { __typename }"
_numbers = count()


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> PersistedQueries:
    """Return the portal's store, which is empty."""
    empty = PersistedQueries()
    _use(empty, monkeypatch)
    return empty


def _use(store: PersistedQueries, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the portal use another store, as another process does."""
    for module in (persisted_queries, executors, endpoint):
        monkeypatch.setattr(module, "PERSISTED_QUERIES", store)


def _unknown(query: str = QUERY) -> str:
    """Return a text of `query` that nobody has sent before."""
    return f"{query} # {next(_numbers)}"


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

    query = _unknown()
    unknown = await send(extensions=_extensions(query))
    assert unknown.status_code == 200
    assert _error(unknown) == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
    for parameters in ({"query": query}, {}):
        answer = await send(extensions=_extensions(query), **parameters)
        assert answer.json()["data"] == {"__typename": "Query"}


async def test_a_subscription_s_text_is_sent_once(business: Business) -> None:
    headers = business.headers | {"accept": "text/event-stream"}
    query = _unknown("subscription Persisted { viewedInvoice { cursor } }")
    extensions = _extensions(query)

    async def starts(**parameters: Any) -> bool:
        body = {"extensions": extensions, **parameters}
        async with business.http.stream("POST", "/graphql", json=body, headers=headers) as answer:
            if answer.headers["content-type"].startswith("text/event-stream"):
                return True
            await answer.aread()
            assert _error(answer)[1] == "PERSISTED_QUERY_NOT_FOUND"
            return False

    outcomes = [await starts(), await starts(query=query), await starts()]
    assert outcomes == [False, True, True]


async def test_a_text_is_known_to_the_other_processes(
    http: httpx.AsyncClient, store: PersistedQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = _unknown()
    await http.post("/graphql", json={"query": query, "extensions": _extensions(query)})
    other = PersistedQueries()
    _use(other, monkeypatch)

    async def is_known() -> bool:
        answer = await http.post("/graphql", json={"extensions": _extensions(query)})
        return "data" in answer.json()

    await eventually(is_known)
    digest = _extensions(query)["persistedQuery"]["sha256Hash"]
    assert (store.find(digest), other.find(digest)) == (query, query)


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
