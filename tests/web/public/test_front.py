"""The page at the host's name."""

from tests.support.clients import Business
from tests.support.sql_statements import statements
from tests.support.staff import signed_in


async def test_strangers_are_told_what_this_is_in_their_language(business: Business) -> None:
    with statements() as queries:
        page = await business.http.get("/", headers={"accept-language": "de-AT"})
    assert page.status_code == 200
    assert "<h1>Rechnungen und Angebote per Link</h1>" in page.text
    assert 'href="/dashboard">Anmelden</a>' in page.text
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert queries == []


async def test_signed_in_staff_are_led_to_the_dashboard(
    portal_url: str, business: Business
) -> None:
    async with signed_in(portal_url, business) as staff:
        page = await staff.get("/")
    assert (page.status_code, page.headers["location"]) == (303, "/dashboard")
