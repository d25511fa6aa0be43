"""Settings from environment variables, and the errors for invalid ones."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import pytest
from pydantic import SecretStr, ValidationError
from typer.testing import CliRunner

from cli import cli
from settings import SECRET_SETTINGS, Environment, Settings

_EMPTY: Final = ("SECRET_KEY", "REDIS_URL", "ENVIRONMENT", "CORS_ORIGINS", "RATE_VIEWS_PER_IP")

_SECRETS: Final = {
    "database_url": "postgres://db/app",
    "redis_url": "redis://cache",
    "smtp_url": "smtp://relay",
    "secret_key": "new,old",
}
"""What is in the files of the tests, where it isn't the setting's name."""


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


def test_a_secret_can_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in SECRET_SETTINGS:
        file = tmp_path / name
        file.write_text(f"{_SECRETS.get(name, name)}\n")
        monkeypatch.setenv(f"{name.upper()}_FILE", str(file))
    settings = Settings(smtp_url=None)
    assert settings.database_url == "postgres://db/app"
    assert settings.redis_url == "redis://cache"
    assert settings.smtp_url is None
    assert [key.get_secret_value() for key in settings.secret_key] == ["new", "old"]
    assert settings.metrics_token == SecretStr("metrics_token")
    assert settings.stripe_secret_key == SecretStr("stripe_secret_key")
    assert settings.stripe_webhook_secret == (SecretStr("stripe_webhook_secret"),)


def test_every_secret_can_be_in_a_file() -> None:
    fields = Settings.model_fields.items()
    hidden = {name for name, field in fields if not field.repr or "Secret" in str(field.annotation)}
    assert hidden == set(SECRET_SETTINGS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x", "SECRET_KEY and SECRET_KEY_FILE are both set. Keep one of them."),
        (b"\n", "SECRET_KEY_FILE: {} is empty."),
        (b"\xff", "SECRET_KEY_FILE: {} isn't a text in UTF-8."),
        (None, "SECRET_KEY_FILE: {} can't be read: No such file or directory."),
    ],
    ids=["both", "empty", "binary", "missing"],
)
def test_a_wrong_file_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, message: str
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("SECRET_KEY_FILE", str(file))
    monkeypatch.setenv("SECRET_KEY", "x" if content == b"x" else "")
    refusal = CliRunner().invoke(cli, ["migrate"])
    assert (refusal.exit_code, refusal.stderr) == (2, message.format(file) + "\n")


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


@pytest.mark.parametrize("name", ["kubernetes/settings.env", "systemd/invotify.env"])
def test_files_for_deployment_have_every_setting(name: str) -> None:
    text = (Path(__file__).parents[1] / "ops" / name).read_text(encoding="utf-8")
    written = re.findall(r"^#?([A-Z_]+?)(?:_FILE)?=", text, re.MULTILINE)
    for_operators = {name.upper() for name in Settings.model_fields} - {"WEBHOOK_ALLOW_PRIVATE"}
    assert len(written) == len(set(written))
    assert set(written) == for_operators
