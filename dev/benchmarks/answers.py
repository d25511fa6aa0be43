"""The floor answers what the portal answers, or comparing them means nothing."""

import orjson

from dev.benchmarks.load import Server
from dev.benchmarks.wire import Connection


async def same_answer(portal: Server, ours: bytes, floor: Server, theirs: bytes) -> None:
    """Raise AssertionError unless both answer with the same JSON."""
    answers = []
    for server, request in ((portal, ours), (floor, theirs)):
        connection = await Connection.open(server.port)
        answers.append(orjson.loads(await connection.send(request)))
        connection.close()
    assert answers[0] == answers[1], answers
