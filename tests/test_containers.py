"""The containers: what they may do, and what they need to start."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml  # type: ignore[import-untyped]

from settings import Settings

_ROOT: Final = Path(__file__).parents[1]


def _services(name: str) -> dict[str, Any]:
    content = yaml.safe_load((_ROOT / name).read_text(encoding="utf-8"))
    services: dict[str, Any] = content["services"]
    return services


_PRODUCTION: Final = _services("docker-compose.yml")
_TRIAL: Final = _services("docker-compose.trial.yml")
_ALL: Final = [*_PRODUCTION.values(), _TRIAL["mail"]]


@pytest.mark.parametrize("service", _ALL, ids=[*_PRODUCTION, "mail"])
def test_every_container_is_limited(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] <= 256
    assert service["mem_limit"]
    assert not {"privileged", "network_mode", "pid", "devices"} & service.keys()


def test_only_the_portal_is_published_and_only_on_this_machine() -> None:
    published = {
        name: service["ports"] for name, service in _PRODUCTION.items() if "ports" in service
    }
    assert published == {"app": ["127.0.0.1:8000:8000"]}
    assert {name for name, each in _PRODUCTION.items() if each["networks"] == ["backend"]} == {
        "db",
        "redis",
    }


def test_every_secret_must_be_set() -> None:
    text = (_ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert set(re.findall(rf"\$\{{{name}(..)", text)) == {":?"}
    assert not [line for line in text.splitlines() if "requirepass" in line and "${" in line]


def test_the_portal_gets_all_settings_but_the_one_for_development() -> None:
    names = {name.upper() for name in Settings.model_fields}
    for service in ("migrate", "app", "worker"):
        assert _PRODUCTION[service]["environment"].keys() == names - {"WEBHOOK_ALLOW_PRIVATE"}


def test_whatever_sends_e_mails_uses_the_mail_catcher_of_a_trial() -> None:
    for service in ("app", "worker"):
        environment = _TRIAL[service]["environment"]
        assert environment["SMTP_URL"] == "smtp://mail:1025"
        assert environment.keys() <= _PRODUCTION[service]["environment"].keys()
