"""What staff see while the database is away or takes no writes, and after a bug."""

import pytest

from models import Customer
from services.billing.lists.filters import CustomerFilter
from tests.support.outages import read_only_database
from tests.support.staff import Browser


@pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")
async def test_pages_are_shown_and_forms_keep_what_was_entered(staff_client: Browser) -> None:
    path = "/dashboard/customers/new"
    async with read_only_database():
        assert (await staff_client.get("/dashboard/customers")).status_code == 200
        answer = await staff_client.post(path, page=path, name="Ada of the outage")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "Try again shortly." in answer.text
    assert 'value="Ada of the outage"' in answer.text
    assert not await Customer.exists(name="Ada of the outage")


def _away(*_: object) -> None:
    raise ConnectionRefusedError


def _broken(*_: object) -> None:
    raise ZeroDivisionError


async def test_without_a_database_staff_are_told_to_try_again(
    staff_client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CustomerFilter, "rows", _away)
    page = await staff_client.get("/dashboard/customers")
    assert (page.status_code, page.headers["retry-after"]) == (503, "2")
    assert "<h1>Invotify isn&#39;t available right now</h1>" in page.text


async def test_after_a_bug_staff_get_the_number_of_the_request(
    staff_client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CustomerFilter, "rows", _broken)
    page = await staff_client.get("/dashboard/customers")
    assert page.status_code == 500
    assert "<h1>Something went wrong</h1>" in page.text
    assert f"<code>{page.headers['x-request-id']}</code>" in page.text
