"""Checks that floor and portal send the same data, so that comparing them makes sense."""

import orjson

from dev.benchmarks.load import Server
from dev.benchmarks.wire import Connection


async def require_same_response(portal: Server, ours: bytes, floor: Server, theirs: bytes) -> None:
    """Raise AssertionError unless both respond with the same `data`."""
    responses = []
    for server, request in ((portal, ours), (floor, theirs)):
        connection = await Connection.open(server.port)
        responses.append(orjson.loads(await connection.send(request))["data"])
        connection.close()
    assert responses[0] == responses[1], responses
