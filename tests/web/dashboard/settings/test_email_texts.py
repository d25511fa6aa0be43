"""The settings page of the company's own words: saving, previewing, and sending a test."""

from typing import Final

from models import EmailText
from tests.support.clients import Business
from tests.support.mailbox import Mailbox
from tests.support.staff import Browser

PATH: Final = "/dashboard/settings/emails"
_GERMAN: Final = f"{PATH}?kind=QUOTE&language=de"


async def test_words_are_saved_and_shown_again(staff_client: Browser, business: Business) -> None:
    saved = await staff_client.post(_GERMAN, page=_GERMAN, subject="Angebot {number}", message="")
    assert (saved.status_code, saved.headers["location"]) == (303, f"{_GERMAN}&saved=yes")
    page = (await staff_client.get(saved.headers["location"])).text
    assert 'value="Angebot {number}"' in page
    assert "Saved." in page
    row = await EmailText.get(company_id=business.company_id)
    assert [row.kind, row.language, row.message] == ["QUOTE", "de", None]


async def test_a_wrong_placeholder_is_marked(staff_client: Browser, business: Business) -> None:
    page = await staff_client.post(PATH, page=PATH, subject="", message="{nummer}")
    assert page.status_code == 400
    assert "{nummer} isn&#39;t a placeholder here." in page.text
    assert await EmailText.filter(company_id=business.company_id).count() == 0


async def test_the_preview_runs_nothing(staff_client: Browser) -> None:
    preview = await staff_client.post(
        f"{PATH}/preview", page=PATH, subject="", message="<script>{amount}"
    )
    assert "&lt;script&gt;€1,234.50" in preview.text
    policy = preview.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src http")
    assert policy.endswith("frame-ancestors 'self'; sandbox")
    assert "frame-src 'self'" in (await staff_client.get(PATH)).headers["content-security-policy"]


async def test_the_preview_says_what_is_wrong(staff_client: Browser) -> None:
    path = f"{PATH}/preview"
    preview = await staff_client.post(path, page=PATH, subject="<b>{x}", message="")
    assert preview.text.startswith("<p>{x} isn&#39;t a placeholder here.")
    assert "sandbox" in preview.headers["content-security-policy"]


async def test_a_test_is_sent(staff_client: Browser, business: Business, mailbox: Mailbox) -> None:
    sent = await staff_client.post(PATH, page=PATH, subject="My {number}", message="", test="yes")
    page = (await staff_client.get(sent.headers["location"])).text
    assert f"We sent a test to {business.email}." in page
    assert mailbox.arrived[business.email][-1]["Subject"] == "My INV-00148"


async def test_unknown_kinds_and_languages_are_not_found(staff_client: Browser) -> None:
    for query in ("kind=LETTER", "language=xx", "kind=QUOTE&language=DE"):
        for path in (PATH, f"{PATH}/preview"):
            assert (await staff_client.get(f"{path}?{query}")).status_code == 404
