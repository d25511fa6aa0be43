"""The command line: output, exit codes and error messages."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
import typer

from cli.running import run
from tests.support.forked import run_command

_PASSWORD: Final = "correct horse battery staple"
_GUESSABLE: Final = "This password is easy to guess from a name or an address. Choose another one."
_BOOTSTRAP: Final = ("bootstrap", "--company", "Acme", "--email", "me@example.com", "--json")


def _run(
    folder: Path, *arguments: str, typed: str = "", **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command with a database in `folder` and `typed` as its input."""
    return run_command(_environment(folder) | environment, *arguments, typed=typed)


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "DATABASE_URL": f"sqlite://{folder}/portal.db"}


def test_several_workers_need_redis(tmp_path: Path) -> None:
    refusal = _run(tmp_path, "serve", "--workers", "4", REDIS_URL="")
    assert refusal.returncode == 2
    assert "REDIS_URL" in refusal.stderr


def test_production_needs_a_secret_key(tmp_path: Path) -> None:
    refusal = _run(tmp_path, "serve", ENVIRONMENT="production", SECRET_KEY="")
    assert refusal.returncode == 2
    assert refusal.stderr == "SECRET_KEY is required in production\n"


def test_an_unmigrated_database_is_not_served(tmp_path: Path) -> None:
    refusal = _run(tmp_path, "serve")
    assert refusal.returncode == 1
    assert refusal.stderr == "The database is not up to date. Run: invotify migrate\n"


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("", "password: Enter a password.\n"),
        ("Acme-2026\n", f"password: {_GUESSABLE}\n"),
    ],
    ids=["empty", "guessable"],
)
def test_a_user_needs_a_password_that_signs_in(tmp_path: Path, password: str, message: str) -> None:
    refusal = _run(tmp_path, *_BOOTSTRAP, typed=password)
    assert (refusal.returncode, refusal.stdout, refusal.stderr) == (1, "", message)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a migrated database."""
    folder = tmp_path_factory.mktemp("migrated")
    assert _run(folder, "migrate").returncode == 0
    return folder


def test_unsafe_settings_are_not_served(migrated: Path) -> None:
    refusal = _run(
        migrated, "serve", ENVIRONMENT="production", SECRET_KEY="x", PUBLIC_URL="http://a.example"
    )
    assert refusal.returncode == 2
    assert "\nSECRET_KEY: It can be guessed." in f"\n{refusal.stderr}"
    assert "\nPUBLIC_URL: Links and sessions would be sent unencrypted." in refusal.stderr
    assert json.loads(refusal.stderr.splitlines()[-1])["setting"] == "SMTP_URL"


def test_check_lists_what_is_wrong(migrated: Path) -> None:
    good = _run(migrated, "check")
    assert (good.returncode, good.stdout) == (0, "No findings.\n")
    bad = _run(migrated, "check", "--json", "--workers", "2", DATABASE_URL="postgres://127.0.0.1:1")
    assert bad.returncode == 1
    found = [(finding["level"], finding["name"]) for finding in json.loads(bad.stdout)]
    assert found == [("error", "REDIS_URL"), ("error", "DATABASE_URL")]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://db/app", "Write it like postgres://user:password@host:5432/name or sqlite:///"),
        ("postgres://127.0.0.1:1/app?sslmod=require", "options that don't exist: sslmod."),
        ("postgres://127.0.0.1:1/app?maxsize=many", "no number of connections as maxsize."),
    ],
)
def test_a_wrong_database_url_is_explained(tmp_path: Path, url: str, message: str) -> None:
    refusal = _run(tmp_path, "check", DATABASE_URL=url)
    assert refusal.returncode in {1, 2}
    assert message in refusal.stdout + refusal.stderr
    assert "Traceback" not in refusal.stderr


def test_a_full_disk_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    async def fill() -> None:
        with closing(sqlite3.connect(":memory:")) as file:
            file.executescript("PRAGMA max_page_count = 2; CREATE TABLE note (text)")
            file.execute("INSERT INTO note VALUES (zeroblob(100000))")

    with pytest.raises(typer.Exit):
        run(fill())
    message = "The database isn't available: OperationalError('database or disk is full')\n"
    assert capsys.readouterr().err == message


def test_lists_have_their_times_as_in_iso_8601(migrated: Path) -> None:
    _run(migrated, *_BOOTSTRAP, "--password", _PASSWORD)
    for kind in ("companies", "users", "keys"):
        names, row, *_ = _run(migrated, "admin", kind, "list").stdout.splitlines()
        created_at = dict(zip(names.split("\t"), row.split("\t"), strict=False))["created_at"]
        assert datetime.fromisoformat(created_at).isoformat() == created_at


def test_a_dry_run_says_that_no_reminders_are_due(migrated: Path) -> None:
    assert _run(migrated, "remind", "--dry-run").stdout == "No reminders are due.\n"


def test_bootstrap_prints_the_company_and_its_key(migrated: Path) -> None:
    created = json.loads(_run(migrated, *_BOOTSTRAP, "--password", _PASSWORD).stdout)
    assert set(created) == {"companyId", "apiKey"}
    assert created["apiKey"].startswith("inv_key_")
    another = json.loads(_run(migrated, *_BOOTSTRAP, BOOTSTRAP_PASSWORD=_PASSWORD).stdout)
    assert another["companyId"] != created["companyId"]
    third = json.loads(_run(migrated, *_BOOTSTRAP, typed=f"{_PASSWORD}\n").stdout)
    assert third["companyId"] not in {created["companyId"], another["companyId"]}


_IMPORTED: Final = """
import sys
import cli, typer.main
typer.main.get_command(cli.cli)
print([name for name in ("pydantic_settings", "tortoise", "uvicorn") if name in sys.modules])
"""


def test_the_command_line_imports_nothing_before_it_knows_the_command() -> None:
    command = [sys.executable, "-c", _IMPORTED]
    completed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert completed.stdout == "[]\n"


@pytest.mark.parametrize(
    "command",
    [
        "migrate",
        "check",
        "bootstrap --company Acme --email me@example.com --json",
        "remind --dry-run",
        "reconcile",
        "admin users list",
        "admin retention run",
    ],
)
def test_a_command_imports_what_it_needs(migrated: Path, command: str) -> None:
    """Those of the other tests are forked from a process that has imported everything."""
    completed = subprocess.run(
        [sys.executable, "-m", "cli", *command.split()],
        cwd=migrated,
        env=_environment(migrated),
        input=f"{_PASSWORD}\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert completed.returncode == 0, completed.stderr


def test_operators_manage_companies_from_the_command_line(migrated: Path) -> None:
    made = _run(migrated, "admin", "companies", *_BOOTSTRAP, "--password", _PASSWORD)
    assert made.returncode == 2  # "bootstrap" is called "create" there
    options = (*_BOOTSTRAP[1:], "--password", _PASSWORD)
    id_ = json.loads(_run(migrated, "admin", "companies", "create", *options).stdout)["companyId"]
    changed = _run(migrated, "admin", "companies", "set-plan", id_, "pro", "--json")
    assert json.loads(changed.stdout)["plan"] == "PRO"
    for days, shown in (("30", 30), ("default", 365)):
        kept = json.loads(_run(migrated, "admin", "retention", "set", id_, days, "--json").stdout)
        assert (kept["views"], kept["isDefault"]) == (shown, days == "default")
    listed = _run(migrated, "admin", "companies", "list", "--json").stdout.splitlines()
    [company] = [row for row in map(json.loads, listed) if row["id"] == id_]
    assert (company["plan"], company["disabledAt"]) == ("PRO", None)
    refusal = _run(migrated, "admin", "companies", "disable", "Acme")
    assert (refusal.returncode, refusal.stdout) == (1, "")
    assert refusal.stderr == "company: Enter an id like those that the lists show.\n"
