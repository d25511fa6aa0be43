"""While the database takes no writes, staff can read, and changes are refused with "try again"."""

from typing import Any, Final

import pytest

from db.connections import connection
from schema import selections
from tests.support.clients import Business
from tests.support.outages import read_only_database

CREATE: Final = 'mutation { createCustomer(input: {name: "Ada"}) { customer { id } } }'


def _lines(caplog: pytest.LogCaptureFixture, request_id: str) -> list[Any]:
    """Return what was logged for a request besides its own line."""
    lines: list[Any] = [record.msg for record in caplog.records if record.levelname != "INFO"]
    return [line for line in lines if line.get("request_id") == request_id]


async def test_a_change_is_refused_with_503_and_one_line_in_the_log(
    business: Business, caplog: pytest.LogCaptureFixture
) -> None:
    async with read_only_database():
        answer = await business.post(CREATE)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE", "retryAfter": 2}
    assert answer.json()["data"] is None
    # The first says that the key's use wasn't noted.
    [_, line] = _lines(caplog, answer.headers["x-request-id"])
    assert "read-only transaction" in line["cause"]
    assert "exc_info" not in line


async def test_staff_read_while_the_database_takes_no_writes(business: Business) -> None:
    async with read_only_database():
        assert (await business.gql("{ me { name } }"))["me"]["name"]


async def test_staff_read_while_their_key_is_locked(business: Business) -> None:
    async with connection()._in_transaction() as outsider:
        await outsider.execute_query(
            "UPDATE credential SET name = name WHERE company_id = $1", [business.company_id]
        )
        assert (await business.gql("{ me { name } }"))["me"]["name"]


async def test_data_that_was_read_comes_with_status_200(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object) -> None:
        raise ConnectionRefusedError

    token = await business.share(await business.make_invoice())
    monkeypatch.setattr(selections, "lines_of", away)
    taxes = f'invoice(token: "{token}") {{ taxes {{ rate }} }}'
    nothing = await business.post(f"{{ {taxes} }}")
    some = await business.post(f"{{ __typename {taxes} }}")
    assert (nothing.status_code, some.status_code) == (503, 200)
    assert some.json()["data"] == {"__typename": "Query", "invoice": None}
    assert some.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
