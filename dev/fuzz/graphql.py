"""Generated GraphQL: documents of the whole schema, and odd requests around them."""

import re
from collections.abc import Callable
from json import dumps
from pathlib import Path
from typing import Any, Final

from graphql import StringValueNode, ValueNode
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema

from dev.fuzz.target import Target

_SCHEMA: Final = Path(__file__).parents[2] / "schema" / "schema.graphql"
_NUMBERS: Final = (
    *("0", "-1", "1", "0.01", "1e999999", "-1e-999999", "NaN", "Infinity", "9" * 40, "0x10"),
    *("100000.00", "1_000", " 1", "1,5", "٣", "1." + "0" * 30),
)
_TIMES: Final = (
    *("2026-02-30", "0001-01-01", "9999-12-31", "2026-06-30", "2026-06-30T12:00:00Z"),
    *("2026-06-30T12:00:00+25:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "now"),
)
_ENDING: Final = re.compile(r"\b(signOut|end\w*Sessions?|changePassword)\b")
"""What would end the attack. So would a subscription, which goes on for ever."""
TEXT: Final = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            *("", " ", "\0", "a" * 300, "a" * 20_000, "\ud7ff\U0010ffff", "\u200b", "\u202e"),
            *("a@b.example", "a" * 260 + "@b.example", "x@[127.0.0.1]", "DE89370400440532013000"),
            *("' OR 1=1 --", "../../etc/passwd", "%00", "{{7*7}}", "<script>", "EUR", "en", "UTC"),
        ]
    ),
)
"""Texts that a stranger could try."""


def options(examples: int, random_seed: int) -> Callable[[Any], Any]:
    """Return a decorator that makes a test try so many examples, the same for the same seed."""

    def decorate(test: Any) -> Any:
        limited = settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        return limited(seed(random_seed)(test))

    return decorate


def fuzz_graphql(target: Target, examples: int, random_seed: int) -> None:
    """Send `examples` operations with the key, a session or nothing. Raises Faulty."""
    scalars: dict[str, st.SearchStrategy[ValueNode]] = {
        "ID": _values(st.one_of(st.sampled_from([*target.ids, *target.tokens]), TEXT)),
        "String": _values(st.one_of(st.sampled_from(target.tokens), TEXT)),
        "Decimal": _values(st.sampled_from(_NUMBERS)),
        "Date": _values(st.sampled_from(_TIMES)),
        "DateTime": _values(st.sampled_from(_TIMES)),
    }
    documents = from_schema(_SCHEMA.read_text(), custom_scalars=scalars).filter(_is_harmless)
    credentials = st.sampled_from([None, target.api_key, target.session])
    with target.client() as http:

        @options(examples, random_seed)
        @given(document=documents, credential=credentials)
        def send(document: str, credential: str | None) -> None:
            headers = {"authorization": f"Bearer {credential}"} if credential else {}
            target.send(http, "POST", "/graphql", json={"query": document}, headers=headers)

        send()


def _is_harmless(document: str) -> bool:
    """Whether a document is answered, and leaves the attack its credentials."""
    return not document.startswith("subscription") and not _ENDING.search(document)


def fuzz_requests(target: Target, examples: int, random_seed: int) -> None:
    """Send `examples` bodies that are GraphQL requests in part only. Raises Faulty."""
    json = st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
        max_leaves=12,
    )
    query = st.sampled_from(
        [
            "{ me { name } }",
            "query($t: String!) { invoice(token: $t) { number } }",
            "mutation($i: RecordViewInput!) { recordView(input: $i) { recorded } }",
            "query A { __typename } query B { __typename }",
            "fragment F on Query { ...F } { ...F }",
            "subscription { viewedInvoice { cursor } }",
        ]
    )
    body = st.fixed_dictionaries(
        {},
        optional={
            "query": query | TEXT | json,
            "variables": st.dictionaries(st.sampled_from(["t", "i"]), json) | json,
            "operationName": st.sampled_from(["A", "B", ""]) | json,
            "extensions": json,
        },
    )
    with target.client() as http:

        @options(examples, random_seed)
        @given(body=body | json)
        def send(body: Any) -> None:
            # Python's JSON may contain Infinity and NaN, which are not JSON.
            content, headers = dumps(body).encode(), {"content-type": "application/json"}
            target.send(http, "POST", "/graphql", content=content, headers=headers)

        send()


def _values(texts: st.SearchStrategy[str]) -> st.SearchStrategy[ValueNode]:
    return texts.map(lambda text: StringValueNode(value=text))
