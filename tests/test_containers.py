"""The containers: what they may do, and what they need to start."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml  # type: ignore[import-untyped]

from settings import Settings

_ROOT: Final = Path(__file__).parents[1]


_COMPOSE: Final = (_ROOT / "docker-compose.yml").read_text(encoding="utf-8")
_ALL: Final[dict[str, Any]] = yaml.safe_load(_COMPOSE)["services"]
_PRODUCTION: Final = {name: each for name, each in _ALL.items() if "profiles" not in each}


@pytest.mark.parametrize("service", _ALL.values(), ids=_ALL)
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
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert set(re.findall(rf"\$\{{{name}(..)", _COMPOSE)) == {":?"}
    assert not [line for line in _COMPOSE.splitlines() if "requirepass" in line and "${" in line]


def test_the_portal_gets_all_settings_but_the_one_for_development() -> None:
    names = {name.upper() for name in Settings.model_fields}
    for service in ("migrate", "app", "worker"):
        assert _PRODUCTION[service]["environment"].keys() == names - {"WEBHOOK_ALLOW_PRIVATE"}


def test_a_trial_adds_a_mail_catcher() -> None:
    assert {name: each["profiles"] for name, each in _ALL.items() if "profiles" in each} == {
        "mail": ["trial"]
    }
    assert _ALL["mail"]["ports"] == ["127.0.0.1:8025:8025"]


def test_whatever_the_portal_runs_answers_the_health_check_of_its_image() -> None:
    for name in ("app", "worker"):
        command = _PRODUCTION[name]["command"]
        assert "healthcheck" not in _PRODUCTION[name]
        assert command[command.index("--host") + 1] == "0.0.0.0"
    assert _PRODUCTION["worker"]["command"][-2:] == ["--port", "8000"]
    assert "http://127.0.0.1:8000/healthz" in (_ROOT / "Dockerfile").read_text(encoding="utf-8")
