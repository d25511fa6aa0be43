"""Redis with users, TLS and Sentinel, and what is said if any of it is set up wrongly."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
from limits import parse
from redis.exceptions import RedisError

from core.checks import Level, check_redis
from core.rate_limits import RateLimiter
from core.redis_connection import RedisConnection
from errors import RateLimited
from settings import Settings
from subscriptions.redis import RedisBroadcast
from tests.support import servers
from tests.support.tls import Certificates, make_certificates

_PASSWORD: Final = "p@ss/word:1"
_ACL: Final = (
    "portal on >{} ~invotify:* &* -@all +@connection +ping +get +set +eval +evalsha +incrby +expire"
    " +pttl +publish +subscribe +unsubscribe"
)
"""What docs/deployment.md tells operators to allow."""
_RATE: Final = parse("1/minute")


async def _faults(url: str) -> list[tuple[Level, str]]:
    """Return what is said about a URL."""
    found = [
        (finding.level, str(finding)) for finding in await check_redis(Settings(redis_url=url))
    ]
    assert not any(_PASSWORD in text or "wrong" in text for _, text in found)
    return found


# --- users ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def with_users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a Redis with a user who may do what the portal needs, and no others."""
    folder = tmp_path_factory.mktemp("redis-users")
    users = f"user default off\nuser {_ACL.format(_PASSWORD)}\nuser guest on >x ~* &* +@connection"
    (folder / "users.acl").write_text(users)
    with servers.redis(folder, "--aclfile", str(folder / "users.acl")) as server:
        yield f"127.0.0.1:{server.port}"


async def test_a_user_with_the_documented_permissions_is_enough(with_users: str) -> None:
    url = f"redis://portal:{quote(_PASSWORD, safe='')}@{with_users}/0"
    assert await _faults(url) == []
    await _assert_used(url)


@pytest.mark.skipif(shutil.which("valkey-server") is None, reason="Valkey isn't installed")
async def test_valkey_does_what_redis_does(tmp_path: Path) -> None:
    (tmp_path / "users.acl").write_text(f"user default off\nuser {_ACL.format('x')}\n")
    options = ("--aclfile", str(tmp_path / "users.acl"))
    with servers.redis(tmp_path, *options, program=shutil.which("valkey-server")) as server:
        url = f"redis://portal:x@127.0.0.1:{server.port}/0"
        assert await _faults(url) == []
        await _assert_used(url)


async def test_a_password_may_look_like_a_scheme(tmp_path: Path) -> None:
    with servers.redis(tmp_path, "--requirepass", "a+sentinel") as server:
        assert await _faults(f"redis://:a+sentinel@127.0.0.1:{server.port}") == []


async def _assert_used(url: str) -> None:
    """Assert that requests are counted in Redis and messages go through it."""
    limiters = [RateLimiter(url) for _ in range(2)]
    key = str(time.time())
    await limiters[0].hit(_RATE, key)
    with pytest.raises(RateLimited):
        await limiters[1].hit(_RATE, key)
    for limiter in limiters:
        await limiter.close()
    async with RedisBroadcast(url, "portal") as broadcast:
        await _assert_heard(broadcast)


async def _assert_heard(broadcast: RedisBroadcast) -> None:
    """Assert that a message arrives, sooner or later."""
    heard = asyncio.Event()
    with broadcast.listening("news", lambda text: heard.set() if text == "new" else None):
        async with asyncio.timeout(30):
            while not heard.is_set():
                with suppress(RedisError, OSError):
                    await broadcast.publish("news", "new")
                await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("login", "message"),
    [
        ("", "Redis refuses the user name or the password."),
        ("portal:wrong@", "Redis refuses the user name or the password."),
        ("guest:x@", "Redis doesn't let this user do what the portal needs: "),
    ],
)
async def test_a_wrong_user_is_an_error(with_users: str, login: str, message: str) -> None:
    [(level, text)] = await _faults(f"redis://{login}{with_users}")
    assert level is Level.ERROR
    assert text.startswith(f"REDIS_URL: {message}")


def test_serving_doesnt_start_with_a_wrong_password(with_users: str, tmp_path: Path) -> None:
    database = f"sqlite://{tmp_path}/x.db"
    url = f"redis://portal:wrong@{with_users}"
    code, said = servers.run_invotify({"DATABASE_URL": database, "REDIS_URL": url}, "serve")
    assert (code, said) == (2, "REDIS_URL: Redis refuses the user name or the password.\n")


# --- TLS ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return the certificates of an authority of its own, and of a server that it vouches for."""
    if shutil.which("openssl") is None or not servers.redis_speaks_tls():
        pytest.skip("needs openssl, and a Redis that is built with TLS")
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def with_tls(certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a Redis that speaks TLS only."""
    port = str(servers.free_port())
    options = ("--tls-port", port, "--tls-auth-clients", "no", *certificates.options)
    with servers.redis(tmp_path_factory.mktemp("redis-tls"), *options):
        yield f"127.0.0.1:{port}"


async def test_a_certificate_of_the_named_authority_is_trusted(
    with_tls: str, certificates: Certificates
) -> None:
    url = f"rediss://{with_tls}?ssl_ca_certs={certificates.authority}"
    assert await _faults(url) == []
    await _assert_used(url)


async def test_an_untrusted_certificate_is_an_error(with_tls: str) -> None:
    [(level, text)] = await _faults(f"rediss://{with_tls}")
    assert level is Level.ERROR
    assert text.startswith("REDIS_URL: Its certificate isn't trusted: ")
    assert "ssl_ca_certs" in text


# --- Sentinel -------------------------------------------------------------------------------------


@pytest.fixture
def sentinel(tmp_path: Path) -> Iterator[tuple[servers.RedisServer, str]]:
    """Yield a primary with a password, and the addresses of Sentinels that watch it.

    The first one doesn't answer.
    """
    folders = [tmp_path / name for name in ("primary", "replica", "sentinel")]
    for folder in folders:
        folder.mkdir()
    login = ("--requirepass", "secret", "--masterauth", "secret")
    with servers.redis(folders[0], *login) as primary:
        replica_of = ("--replicaof", "127.0.0.1", str(primary.port))
        configuration = folders[2] / "sentinel.conf"
        configuration.write_text(
            f"sentinel monitor portal 127.0.0.1 {primary.port} 1\n"
            "sentinel auth-pass portal secret\n"
            "sentinel down-after-milliseconds portal 500\n"
        )
        with (
            servers.redis(folders[1], *login, *replica_of),
            servers.redis(folders[2], str(configuration), "--sentinel") as watcher,
        ):
            yield primary, f"127.0.0.1:{servers.free_port()},127.0.0.1:{watcher.port}"


async def test_messages_and_counters_move_to_the_new_primary(
    sentinel: tuple[servers.RedisServer, str],
) -> None:
    primary, hosts = sentinel
    url = f"redis+sentinel://:secret@{hosts}/portal/0"
    assert await _faults(url) == []
    [(level, text)] = await _faults(f"redis+sentinel://:secret@{hosts}/other")
    assert (level, text) == (Level.ERROR, 'REDIS_URL: Sentinel knows no primary "other".')
    async with RedisBroadcast(url, "portal") as broadcast:
        await _assert_heard(broadcast)
        await _until_replicated(primary)
        primary.kill()
        await _assert_heard(broadcast)
    await _assert_used(url)


async def _until_replicated(primary: servers.RedisServer) -> None:
    """Wait until the replica has all data, and Sentinel may know it."""
    connection = RedisConnection(primary.url.replace("//", "//:secret@"), timeout=5)
    async with asyncio.timeout(30):
        info = ""
        while "state=online" not in info:
            await asyncio.sleep(0.05)
            info = await connection.execute("INFO", "replication")
    connection.close()


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://a:26379",
        "redis+sentinel://a:26379/",
        "redis+sentinel://a:x/portal",
        "redis+sentinel:///portal",
        "sentinel://a/portal",
    ],
)
def test_a_url_without_what_sentinel_needs_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="redis_url"):
        Settings(redis_url=url)
