"""Settings from environment variables, and the errors for invalid ones."""

from ipaddress import ip_network
from typing import Final

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from cli import cli
from settings import Environment, Settings

_EMPTY: Final = ("SECRET_KEY", "REDIS_URL", "ENVIRONMENT", "CORS_ORIGINS", "RATE_VIEWS_PER_IP")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    unset = Settings()
    for name in _EMPTY:
        monkeypatch.setenv(name, "")
    assert Settings() == unset
    assert unset.redis_url is None
    assert unset.environment is Environment.DEVELOPMENT


@pytest.mark.parametrize("secret", [None, ""])
def test_production_needs_a_secret(monkeypatch: pytest.MonkeyPatch, secret: str | None) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    if secret is not None:
        monkeypatch.setenv("SECRET_KEY", secret)
    with pytest.raises(ValidationError, match="SECRET_KEY is required in production"):
        Settings()
    monkeypatch.setenv("SECRET_KEY", "long and random")
    assert Settings().is_production


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8,")
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example , https://b.example")
    settings = Settings()
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    assert settings.cors_origins == ("https://a.example", "https://b.example")


def test_settings_print_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    monkeypatch.setenv("REDIS_URL", "redis://:hunter2@cache")
    monkeypatch.setenv("DATABASE_URL", "postgres://app:hunter2@db/app")
    assert "hunter2" not in repr(Settings())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "prod"),
        ("PUBLIC_URL", "portal.example"),
        ("PUBLIC_URL", "https://portal.example?x=1"),
        ("PUBLIC_URL", "https://portal.example/below"),
        ("PUBLIC_URL", "https://portal.example:99999"),
        ("PUBLIC_URL", "https://[::1"),
        ("REDIS_URL", "redis://cache:port"),
        ("STRIPE_API_BASE", "https://stripe.example:99999"),
        ("PDF_SECONDS", "inf"),
        ("SMTP_URL", "mail.example"),
        ("SMTP_URL", "smtp://mail.example:none"),
        ("SMTP_URL", "smtp://mail.example:99999"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "a..b@example.com"),
        ("MAIL_FROM", "Me <me@example.com>"),
        ("CORS_ORIGINS", "foo"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://shop.example/"),
        ("CORS_ORIGINS", "https://shop.example,null"),
        ("CORS_ORIGINS", "https://Shop.example"),
        ("CORS_ORIGINS", "https://shop.example:443"),
        ("CORS_ORIGINS", "https://shop.example:99999"),
        ("CORS_ORIGINS", "https://user@shop.example"),
        ("DATABASE_URL", "mysql://db/app"),
        ("REDIS_URL", "cache:6379"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("PDF_WORKERS", "0"),
        ("PDF_QUEUE", "-1"),
        ("PDF_SECONDS", "0"),
        ("PDF_WARM", "lukewarm"),
        ("RATE_VIEWS_PER_IP", "many"),
        ("RATE_SIGN_IN_PER_IP", "10"),
        ("RATE_SIGN_IN_PER_ACCOUNT", "10"),
    ],
)
def test_an_invalid_value_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    refusal = CliRunner().invoke(cli, ["migrate"])
    assert refusal.exit_code == 2
    assert refusal.stderr.startswith(f"{name}: ")
    assert refusal.stderr.count("\n") == 1
