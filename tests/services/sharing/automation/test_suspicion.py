"""Which views by what looks like a browser are suspected."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest

from auth.client_info import ClientInfo, parse_client_info
from db.statements import database_time
from models import DeliveryState, EmailDelivery
from services.sharing.automation.known_clients import HEADER_SENDERS, HeaderSender
from services.sharing.automation.suspicion import (
    SCANNED_WITHIN,
    is_gateway,
    is_suspected,
    was_just_emailed,
)
from tests.support.clients import Business

_CHROME: Final = b"Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0 Safari/5"


@pytest.mark.parametrize("browser", HEADER_SENDERS, ids=lambda browser: browser.sender)
def test_a_browser_without_its_headers_is_suspected_over_https(browser: HeaderSender) -> None:
    bare = ClientInfo("203.0.113.9", browser.example, lacks_browser_headers=True)
    assert is_suspected(bare, over_https=True)
    assert not is_suspected(bare, over_https=False)
    assert not is_suspected(ClientInfo("203.0.113.9", browser.example), over_https=True)


@pytest.mark.parametrize(
    ("version", "header", "suspected"),
    [
        (131, None, True),
        (80, None, True),
        (79, None, False),
        (131, b"accept-language", False),
        (131, b"sec-fetch-mode", False),
        (131, b"sec-fetch-dest", False),
        (131, b"accept", True),
    ],
)
def test_one_header_of_a_browser_is_enough(
    version: int, header: bytes | None, suspected: bool
) -> None:
    headers = [(b"user-agent", _CHROME % version), *([(header, b"x")] if header else [])]
    client = parse_client_info("203.0.113.9", "GET", headers, ())
    assert is_suspected(client, over_https=True) == suspected


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        ("40.94.20.1", True),
        ("40.95.255.255", False),
        ("2a01:111:f400::1", True),
        ("2a01:111:f401::1", False),
        (None, False),
    ],
)
def test_the_networks_of_gateways_end_where_they_end(ip: str | None, expected: bool) -> None:
    assert is_gateway(ip) == expected


@pytest.mark.parametrize(
    ("status", "ago", "expected"),
    [
        (DeliveryState.QUEUED, None, False),
        (DeliveryState.SENDING, None, True),
        (DeliveryState.SENT, SCANNED_WITHIN / 2, True),
        (DeliveryState.SENT, SCANNED_WITHIN + timedelta(minutes=1), False),
    ],
)
async def test_an_e_mail_is_scanned_while_it_is_handed_over_and_for_some_seconds(
    business: Business, status: DeliveryState, ago: timedelta | None, expected: bool
) -> None:
    invoice_id = await business.make_invoice()
    payload = await business.mutate(
        "sendInvoice", "SendInvoiceInput", "{ delivery { id } }", invoiceId=invoice_id
    )
    await EmailDelivery.filter(id=payload["delivery"]["id"]).update(
        status=status,
        sent_at=None if ago is None else await database_time() - ago,
        next_attempt_at=await database_time() + timedelta(hours=1) if ago is None else None,
    )
    assert await was_just_emailed(UUID(invoice_id)) == expected
