"""Which views by what looks like a browser may be those of a mail scanner.

A suspected view doesn't count and notifies nobody, until its browser reports that someone read the
invoice. The rules and their order are in `known_clients.toml`.
"""

import re
from datetime import timedelta
from functools import lru_cache
from ipaddress import ip_address
from itertools import chain
from typing import Final
from uuid import UUID

from auth.client_info import ClientInfo
from db.statements import fetch, instant_of
from services.sharing.automation.known_clients import GATEWAYS, HEADER_SENDERS

SCANNED_WITHIN: Final = timedelta(seconds=10)
"""How soon after an e-mail was handed over an open of its link is suspected. People need longer, or
read the page."""
_MAX_EMAILS: Final = 20
"""The latest e-mails about an invoice that are looked at."""
_NETWORKS: Final = tuple(chain.from_iterable(gateway.networks for gateway in GATEWAYS))
_HEADER_SENDERS: Final = [
    (re.compile(browser.pattern, re.IGNORECASE), browser.since) for browser in HEADER_SENDERS
]


def is_suspected(client_info: ClientInfo, *, over_https: bool) -> bool:
    """Whether a mail scanner may have sent the request. Browsers send more headers over HTTPS."""
    return is_gateway(client_info.ip) or (
        over_https
        and client_info.lacks_browser_headers
        and _sends_browser_headers(client_info.user_agent)
    )


async def was_just_emailed(invoice_id: UUID) -> bool:
    """Whether an e-mail about the invoice is being handed over, or was within SCANNED_WITHIN."""
    rows = await fetch(
        "SELECT status, sent_at, clock_timestamp() AS now FROM email_delivery"
        f" WHERE invoice_id = $1 ORDER BY created_at DESC LIMIT {_MAX_EMAILS}",
        invoice_id,
    )
    return any(
        row["status"] == "SENDING"
        or (
            row["sent_at"] is not None
            and instant_of(row["now"]) - instant_of(row["sent_at"]) < SCANNED_WITHIN
        )
        for row in rows
    )


@lru_cache(maxsize=4096)
def is_gateway(ip: str | None) -> bool:
    """Whether the address is in a network from which a mail gateway opens links."""
    if ip is None:
        return False
    address = ip_address(ip)
    return any(address in network for network in _NETWORKS)


@lru_cache(maxsize=4096)
def _sends_browser_headers(user_agent: str) -> bool:
    versions = [(pattern.search(user_agent), since) for pattern, since in _HEADER_SENDERS]
    return any(version and int(version[1]) >= since for version, since in versions)
