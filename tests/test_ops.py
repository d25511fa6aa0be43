"""The alert rules and the dashboard: they use what the portal shows, and the rules work."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest
import yaml  # type: ignore[import-untyped]

from tests.support import servers

_OPS: Final = Path(__file__).parents[1] / "ops"
_RULES: Final = _OPS / "prometheus/alerts.yml"
_RULE_TESTS: Final = _OPS / "prometheus/alerts_test.yml"
_DASHBOARD: Final = json.loads((_OPS / "grafana/invotify.json").read_text(encoding="utf-8"))
_DOCUMENTATION: Final = (_OPS.parent / "docs/operations.md").read_text(encoding="utf-8")
_METRIC: Final = re.compile(r"\b(?:invotify|process)_\w+")


def _rules() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(_RULES.read_text(encoding="utf-8"))["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def _queries() -> list[str]:
    """Return all queries of the dashboard."""
    variables = [each["query"] for each in _DASHBOARD["templating"]["list"]]
    return [
        *(target["expr"] for panel in _DASHBOARD["panels"] for target in panel.get("targets", ())),
        *(query["query"] for query in variables if isinstance(query, dict)),
    ]


async def _shown(http: httpx.AsyncClient) -> set[str]:
    """Return the names of all series that the portal can show."""
    types = re.findall(r"^# TYPE (\w+) (\w+)", (await http.get("/metrics")).text, re.MULTILINE)
    parts = {"histogram": ("_bucket", "_count", "_sum")}
    return {f"{name}{part}" for name, kind in types for part in parts.get(kind, ("",))}


async def test_rules_and_dashboard_use_metrics_that_exist(http: httpx.AsyncClient) -> None:
    text = " ".join([*(rule["expr"] for rule in _rules()), *_queries()])
    used = set(_METRIC.findall(text))
    assert len(used) > 20
    assert used - await _shown(http) == set()


async def test_the_documentation_names_metrics_that_exist(http: httpx.AsyncClient) -> None:
    named = set(_METRIC.findall(_DOCUMENTATION)) - {"process_"}
    shown = await _shown(http)
    assert {name for name in named if not shown & {name, f"{name}_count"}} == set()


async def test_the_documentation_has_statements_that_run(
    postgres_url: str, migrated_template: str
) -> None:
    statements = re.findall(r"^```sql\n(.*?)^```$", _DOCUMENTATION, re.MULTILINE | re.DOTALL)
    assert len(statements) == 2
    connection = await asyncpg.connect(
        await servers.create_database(postgres_url, migrated_template)
    )
    for statement in statements:
        await connection.fetch(statement)
    await connection.close()


async def test_the_dashboard_shows_every_metric(http: httpx.AsyncClient) -> None:
    used = set(_METRIC.findall(" ".join(_queries())))
    # One series of each histogram is enough.
    shown = {name for name in await _shown(http) if name.startswith("invotify_")}
    shown = {name for name in shown if not name.endswith(("_bucket", "_sum", "_count"))}
    assert shown - used == set()


def test_the_panels_of_the_dashboard_are_beside_each_other() -> None:
    panels = _DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for panel in panels
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_every_rule_is_tested() -> None:
    tests = yaml.safe_load(_RULE_TESTS.read_text(encoding="utf-8"))["tests"]
    healthy, *others = ([each["alertname"] for each in test["alert_rule_test"]] for test in tests)
    names = [rule["alert"] for rule in _rules()]
    assert healthy == names
    assert [name for [name] in others] == names


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool isn't installed")
def test_rules_do_what_they_promise() -> None:
    for command in (["check", "rules", str(_RULES)], ["test", "rules", str(_RULE_TESTS)]):
        run = subprocess.run(
            ["promtool", *command], check=False, capture_output=True, text=True, timeout=60
        )
        assert run.returncode == 0, run.stdout + run.stderr
