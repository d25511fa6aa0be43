"""While the database takes no writes, staff can read, and changes are refused with "try again"."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from db.connections import connection
from db.statements import execute
from services.public import documents
from tests.support.clients import Business

CREATE: Final = 'mutation { createCustomer(input: {name: "Ada"}) { customer { id } } }'


@pytest.fixture
async def read_only() -> AsyncIterator[None]:
    """Let the database of the portal take no writes, as a server does that has become a replica."""
    client: Any = connection()
    database = client.database
    await execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    await client._expire_connections()
    try:
        yield
    finally:
        reset = f"ALTER DATABASE {database} RESET default_transaction_read_only"
        await client.execute_script(f"BEGIN READ WRITE; {reset}; COMMIT")
        await client._expire_connections()


def _lines(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [record.msg for record in caplog.records if record.levelname != "INFO"]


@pytest.mark.usefixtures("business", "read_only")
async def test_a_change_is_refused_with_503_and_one_line_in_the_log(
    business: Business, caplog: pytest.LogCaptureFixture
) -> None:
    await business.gql("{ me { name } }")
    caplog.clear()
    answer = await business.post(CREATE)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE", "retryAfter": 2}
    assert answer.json()["data"] is None
    [_, line] = _lines(caplog)  # the first says that the key's use wasn't noted
    assert line["request_id"] == answer.headers["x-request-id"]
    assert "read-only transaction" in line["cause"]
    assert "exc_info" not in line


@pytest.mark.usefixtures("business", "read_only")
async def test_staff_read_while_the_database_takes_no_writes(business: Business) -> None:
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
    monkeypatch.setattr(documents, "lines_of", away)
    nothing = await business.post(f'{{ invoice(token: "{token}") {{ number }} }}')
    some = await business.post(f'{{ __typename invoice(token: "{token}") {{ number }} }}')
    assert (nothing.status_code, some.status_code) == (503, 200)
    assert some.json()["data"] == {"__typename": "Query", "invoice": None}
    assert some.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
