"""The audit log in the dashboard."""

import re
from html import unescape
from typing import Final
from uuid import uuid4

import pytest

from models import AuditAction, AuditEntry, User
from tests.support.clients import Business
from tests.support.people import create_user
from tests.support.staff import Browser
from web.dashboard.settings import audit_log

LOG: Final = "/dashboard/settings/log"


async def _note(business: Business, action: str, subject: str) -> None:
    await AuditEntry.create(
        company_id=business.company_id,
        actor="Ada",
        action=action,
        credential_id=uuid4(),
        subject_id=uuid4(),
        subject=subject,
    )


async def test_audit_log_shows_who_did_what(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    invoice_id = await business.make_invoice(number="<N>")
    await business.share(invoice_id)
    await rival.share(await rival.make_invoice(number="THEIRS"))
    page = unescape((await staff_client.get(LOG)).text)
    assert f'Shared invoice <a href="/dashboard/invoices/{invoice_id}"><bdi><N></bdi>' in page
    assert "<bdi>bootstrap</bdi>" in page
    assert "THEIRS" not in page
    await User.filter(company_id=business.company_id).update(permissions="MANAGE_COMPANY")
    page = (await staff_client.get(LOG)).text
    assert "Shared invoice <bdi>&lt;N&gt;</bdi>" in page


async def test_every_action_has_a_label() -> None:
    assert set(audit_log._ACTION_LABELS) == set(AuditAction)


async def test_entries_link_to_the_page_of_their_subject(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer()
    await business.share_portal(customer_id)
    await business.share_quote(await business.make_quote(customerId=customer_id))
    await business.make_credit_note(customer_id, "1")
    await business.share(await business.make_invoice(customerId=customer_id))
    page = (await staff_client.get(LOG)).text
    urls = set(re.findall(r'class="c-who">[^<]+<a href="([^"]+)"', page))
    sections = {url.split("/")[2] for url in urls}
    assert sections == {"invoices", "credit-notes", "quotes", "customers"}
    for url in urls:
        assert (await staff_client.get(url)).status_code == 200


async def test_audit_log_is_paged(
    staff_client: Browser, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "_PAGE_SIZE", 2)
    for subject in ("A", "B", "C"):
        await _note(business, "USER_INVITED", subject)
    subjects = r"Invited <bdi>([^<]+)"
    page = (await staff_client.get(LOG)).text
    assert re.findall(subjects, page) == ["C", "B"]
    [older] = re.findall(r'rel="next" href="([^"]+)"', page)
    page = (await staff_client.get(older)).text
    assert re.findall(subjects, page) == ["A"]
    assert f'<a href="{LOG}" class="button small">Newest</a>' in page


async def test_the_log_is_narrowed_to_a_topic_a_person_and_days(
    staff_client: Browser, business: Business
) -> None:
    await business.share(await business.make_invoice(number="A"))
    await business.make_key("VIEW_INVOICES")
    shared, created = "Shared invoice", "Created API key"
    for query, expected in {
        "what=documents": (True, False),
        "what=people": (False, True),
        "who=bootstrap": (True, True),
        "who=Nobody": (False, False),
        "since=2000-01-01&until=2000-01-02": (False, False),
        "since=2000-01-01&what=nonsense": (True, True),
    }.items():
        page = (await staff_client.get(f"{LOG}?{query}")).text
        assert (shared in page, created in page) == expected
        assert "Clear filters" in page


async def test_a_wrong_day_is_marked_and_narrows_nothing(
    staff_client: Browser, business: Business
) -> None:
    await business.share(await business.make_invoice(number="A"))
    response = await staff_client.get(f"{LOG}?since=soon")
    assert response.status_code == 400
    assert 'id="since-help">Enter a date' in response.text
    assert "Shared invoice" in response.text


async def test_names_of_permissions_and_texts_are_in_words(
    staff_client: Browser, business: Business
) -> None:
    await create_user(business, permissions=["VIEW_INVOICES", "MANAGE_INVOICES"])
    await _note(business, "EMAIL_TEXT_CHANGED", "OVERDUE_REMINDER de")
    page = (await staff_client.get(LOG)).text
    assert "Permissions: none → “See invoices”, “Write and send invoices”" in page
    assert "Changed e-mail text <bdi>Reminder after the due date (German)</bdi>" in page


async def test_every_action_has_a_topic() -> None:
    topics = [audit_log._actions_of(topic) or [] for topic in audit_log._TOPICS]
    assert {action for actions in topics for action in actions} == set(AuditAction)
