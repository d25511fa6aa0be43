"""The kept connection to Redis works again after whatever happened to it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError, ResponseError  # noqa: A004

from core.redis_connection import RedisConnection, RedisSocket
from tests.support import servers


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.RedisServer]:
    """Yield a Redis that only these tests use, so that they can kill it."""
    folder: Path = tmp_path_factory.mktemp("kept-redis")
    with servers.redis(folder) as server:
        yield server


@pytest.fixture
async def redis(server: servers.RedisServer) -> AsyncIterator[RedisConnection]:
    """Yield a connection that has been used."""
    connection = RedisConnection(server.url, timeout=5)
    await connection.execute("SET", "key", "value")
    yield connection
    connection.close()


async def _until_ended(redis: RedisConnection) -> None:
    async with asyncio.timeout(30):
        while redis.is_open:  # noqa: ASYNC110  # nothing signals it
            await asyncio.sleep(0.01)


async def test_each_caller_gets_its_own_response(redis: RedisConnection) -> None:
    texts = [f"text {number}" for number in range(20)]
    assert await asyncio.gather(*(redis.execute("ECHO", text) for text in texts)) == texts


async def test_an_error_leaves_the_connection_usable(redis: RedisConnection) -> None:
    id_ = await redis.execute("CLIENT", "ID")
    with pytest.raises(ResponseError, match="not an integer"):
        await redis.execute("INCR", "key")
    assert await redis.execute("CLIENT", "ID") == id_


async def test_commands_arrive_again_after_redis_was_away(
    redis: RedisConnection, server: servers.RedisServer
) -> None:
    server.kill()
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await redis.execute("GET", "key")
    server.start()
    assert await redis.execute("GET", "key") is None


async def test_a_restart_between_two_commands_isnt_noticed(
    redis: RedisConnection, server: servers.RedisServer
) -> None:
    server.kill()
    server.start()
    await _until_ended(redis)
    assert await redis.execute("GET", "key") is None


async def test_a_cancelled_command_takes_its_response_along(
    redis: RedisConnection, server: servers.RedisServer
) -> None:
    await redis.execute("PING")
    server.freeze()
    other = asyncio.ensure_future(redis.execute("ECHO", "other"))
    await asyncio.sleep(0)  # so that it is sent
    other.cancel()
    with pytest.raises(asyncio.CancelledError):
        await other
    server.thaw()
    assert await redis.execute("ECHO", "mine") == "mine"


async def test_a_frozen_redis_is_waited_for_no_longer_than_allowed(
    server: servers.RedisServer,
) -> None:
    connection = RedisConnection(server.url, timeout=0.3)
    await connection.execute("PING")
    server.freeze()
    with pytest.raises(TimeoutError):
        await connection.execute("PING")
    server.thaw()
    assert await connection.execute("PING") == "PONG"
    connection.close()


async def test_sending_on_a_connection_that_has_just_ended_is_no_error(
    server: servers.RedisServer,
) -> None:
    ended: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
    socket = await RedisSocket(lambda _: None, ended.set_result).open(server.url)
    socket.close()
    await ended
    socket.send("SUBSCRIBE", "news")
