"""What becomes of those who have used more than their share."""

import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from core.fair_shares import FairShares
from errors import RateLimited


async def test_websocket_beyond_its_share_is_refused_like_a_request(
    portal_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise RateLimited(retry_after=15)

    monkeypatch.setattr(FairShares, "take", refuse)
    url = portal_url.replace("http", "ws", 1) + "/graphql"
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]):
            pass
    response = refused.value.response
    assert (response.status_code, response.headers["retry-after"]) == (429, "15")
    [error] = json.loads(response.body or b"")["errors"]
    assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 15}
