"""What is unsafe in the settings of a portal."""

import socket
from typing import Any

import pytest

from core.checks import Level, check_redis, check_settings
from settings import Environment, Settings
from tests.support.servers import free_port

_SECRET = "0123456789abcdef" * 4
_SAFE: dict[str, Any] = {
    "environment": Environment.PRODUCTION,
    "secret_key": _SECRET,
    "metrics_token": _SECRET,
    "public_url": "https://portal.example",
    "trusted_proxies": "10.0.0.5/32",
    "cors_origins": "https://shop.example",
    "redis_url": "redis://:password@cache:6379/0",
    "smtp_url": "smtps://relay.example",
    "mail_from": "billing@portal.example",
    "stripe_secret_key": "sk_live_1",
    "stripe_webhook_secret": "whsec_1",
}


def _found(*, workers: Any = 1, **changes: Any) -> list[tuple[str, Level]]:
    findings = check_settings(Settings(**_SAFE | changes), workers)
    return [(finding.name, finding.level) for finding in findings]


def test_nothing_is_found_in_safe_settings() -> None:
    assert _found(workers=8) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret_key", "x"),
        ("secret_key", "change-me-please-change-me-0123"),
        ("secret_key", "abc" * 30),
        ("secret_key", f"{_SECRET},x"),
        ("metrics_token", "prometheus"),
        ("public_url", "http://portal.example"),
        ("trusted_proxies", "0.0.0.0/0"),
        ("trusted_proxies", "10.0.0.5/32,::/0"),
        ("webhook_allow_private", "true"),
        ("stripe_secret_key", "pk_live_1"),
        ("stripe_api_base", "http://stripe.example"),
    ],
)
def test_unsafe_values_are_errors_in_production_only(name: str, value: str) -> None:
    assert _found(**{name: value}) == [(name.upper(), Level.ERROR)]
    assert _found(environment=Environment.DEVELOPMENT, **{name: value}) == []


def test_secrets_may_be_weak_where_only_this_machine_reaches_the_portal() -> None:
    local = {"secret_key": "x", "public_url": "http://127.0.0.1:8000"}
    assert _found(**local) == [("SECRET_KEY", Level.WARNING)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("trusted_proxies", ""),
        ("cors_origins", "http://shop.example"),
        ("redis_url", "redis://cache:6379/0"),
        ("smtp_url", None),
        ("smtp_url", "smtp://relay.example:25"),
        ("mail_from", "billing@localhost"),
        ("stripe_secret_key", "sk_test_1"),
        ("stripe_secret_key", "rk_test_1"),
        ("stripe_webhook_secret", ()),
        ("stripe_webhook_secret", ("we_1",)),
    ],
)
def test_doubtful_values_are_warnings_in_production_only(name: str, value: object) -> None:
    assert _found(**{name: value}) == [(name.upper(), Level.WARNING)]
    assert _found(environment=Environment.DEVELOPMENT, **{name: value}) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "http://127.0.0.1:8000"),
        ("public_url", "http://[::1]:8000"),
        ("smtp_url", "smtp://localhost:25"),
        ("smtp_url", "smtp://user:password@relay.example:587"),
        ("redis_url", "redis://127.0.0.1"),
        ("redis_url", "rediss://cache"),
        ("redis_url", None),
        ("stripe_secret_key", None),
        ("stripe_api_base", "http://127.0.0.1:12111"),
    ],
)
def test_what_stays_on_this_machine_or_is_encrypted_is_safe(name: str, value: object) -> None:
    assert _found(**{name: value}) == []


@pytest.mark.parametrize("environment", list(Environment))
def test_several_workers_need_redis(environment: Environment) -> None:
    found = _found(workers=2, redis_url=None, environment=environment)
    assert found == [("REDIS_URL", Level.ERROR)]


def test_an_exporter_that_isnt_installed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    assert _found() == []
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "nonsense")
    assert _found() == [("OTEL_TRACES_EXPORTER", Level.ERROR)]


async def test_a_redis_that_is_down_is_found() -> None:
    settings = Settings(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    [finding] = await check_redis(settings)
    assert str(finding).startswith("REDIS_URL: Redis can't be reached: ")
    assert await check_redis(Settings(redis_url=None)) == []


async def test_a_redis_that_does_not_answer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.checks._REDIS_TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = Settings(redis_url=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        [finding] = await check_redis(settings)
    assert str(finding) == "REDIS_URL: Redis can't be reached: no answer within 0.1 seconds."
