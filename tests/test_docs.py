"""The documentation: its links work, its examples are valid, and its lists match the code."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import httpx
from graphql import GraphQLError, OperationDefinitionNode, parse, validate
from graphql.execution.values import get_variable_values
from typer.main import get_command

from auth.refusals import SignInReason
from cli import cli
from errors import ErrorCode
from services.billing.quote_answers import AnswerReason
from settings import Settings
from tests.support.operations import SCHEMA
from values.money import AmountReason

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = sorted(
    {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("[!.]*/**/README.md")}
)
_FENCED: Final = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\]\(([^()\s]+)\)")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FILE: Final = re.compile(r"(?<![\w/.>\]])((?:\w+/)*\w+\.(?:py|toml|graphql|js|html))\b")
_ADDRESS: Final = re.compile(r"https?://\S+")
_FIRST_CELL: Final = re.compile(r"^\| `([^` ]+)", re.MULTILINE)
MAX_README_LINES: Final = 200


def _prose(page: Path) -> str:
    """Return the page without its fenced blocks."""
    return _FENCED.sub("", page.read_text(encoding="utf-8"))


def _anchors(page: Path) -> set[str]:
    """Return the anchors of the page's headings, as GitHub forms them."""
    headings = [re.sub(r"[^\w\- ]", "", text.lower()) for text in _HEADING.findall(_prose(page))]
    return {heading.replace(" ", "-") for heading in headings}


def _targets(page: Path) -> Iterator[tuple[Path, str]]:
    """Yield the file and the anchor of each link within the repository."""
    for link in _LINK.findall(_prose(page)):
        if "://" not in link and not link.startswith("mailto:"):
            path, _, anchor = unquote(link).partition("#")
            yield (page.parent / path).resolve() if path else page, anchor


def _requests() -> Iterator[dict[str, Any]]:
    """Yield the body of each request in the examples; shell variables keep their names."""
    pages = "".join((ROOT / "docs" / page).read_text("utf-8") for page in ("api.md", "webhooks.md"))
    for language, block in _FENCED.findall(pages):
        if language == "graphql":
            yield {"query": block}
        if language == "sh":
            text = re.sub(r"""'"\$(\w+)"'""", r"\1", block)
            yield from map(json.loads, re.findall(r"-d '([^']*)'", text))
            for query in re.findall(r'^query = "(.*)"$', block, re.MULTILINE):
                yield {"query": query}


def _errors(request: dict[str, Any]) -> list[GraphQLError]:
    """Return the errors of a request according to the schema."""
    document = parse(request["query"])
    if errors := validate(SCHEMA, document):
        return errors
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    values = get_variable_values(
        SCHEMA, operation.variable_definitions or (), request.get("variables", {})
    )
    return values if isinstance(values, list) else []


def _first_cells(page: str) -> set[str]:
    """Return the code in the first cell of each row of the page's tables."""
    return set(_FIRST_CELL.findall((ROOT / page).read_text(encoding="utf-8")))


def test_every_link_leads_to_a_file_and_a_heading() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}#{anchor}"
        for page in PAGES
        for target, anchor in _targets(page)
        if not target.exists() or (anchor and anchor not in _anchors(target))
    ]
    assert broken == []


def test_every_page_can_be_reached_from_the_index() -> None:
    reached, waiting = set[Path](), [ROOT / "docs/index.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        waiting += {target for target, _ in _targets(page) if target.suffix == ".md"} - reached
    assert set(PAGES) - reached == set()


def test_every_file_that_a_page_names_is_there() -> None:
    folders = [folder for folder in ROOT.glob("[!.]*") if folder.is_dir()]
    files = {f"/{path.relative_to(ROOT)}" for folder in folders for path in folder.rglob("*.*")}
    files |= {f"/{path.name}" for path in ROOT.glob("*.*")}
    missing = [
        f"{page.relative_to(ROOT)}: {name}"
        for page in PAGES
        for name in sorted(set(_FILE.findall(_ADDRESS.sub("", page.read_text("utf-8")))))
        if not any(file.endswith(f"/{name}") for file in files)
    ]
    assert missing == []


def test_every_picture_is_on_a_page() -> None:
    shown = {target for page in PAGES for target, _ in _targets(page)}
    assert set(ROOT.glob("docs/*.png")) - shown == set()


def test_the_readme_is_short() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MAX_README_LINES


def test_every_request_of_the_examples_is_valid() -> None:
    requests = list(_requests())
    assert len(requests) > 20
    assert [(request, errors) for request in requests if (errors := _errors(request))] == []


def test_the_settings_page_lists_every_setting() -> None:
    assert _first_cells("docs/settings.md") == {name.upper() for name in Settings.model_fields}


def test_the_api_page_lists_every_error_code_and_reason() -> None:
    assert _first_cells("docs/api.md") == {
        *ErrorCode,
        *AmountReason,
        *SignInReason,
        *AnswerReason,
    }


def test_operators_are_told_of_lines_that_the_log_has() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    named = {*re.findall(r"`([a-z_]+\.[a-z_]+)`", page)} - {"alerts.yml", "invotify.json"}
    sources = [path.read_text("utf-8") for path in ROOT.glob("[!.]*/**/*.py")]
    written = {name for text in sources for name in re.findall(r'"([a-z_]+\.[a-z_]+)"', text)}
    # Those about security are named after the actions of the audit log.
    assert {name for name in named - written if not name.startswith("security.")} == set()


def test_the_clients_page_has_the_versions_that_the_tests_run() -> None:
    page = (ROOT / "docs/clients.md").read_text(encoding="utf-8").partition("## Tried by hand")[0]
    lock = json.loads((ROOT / "tests/clients/package-lock.json").read_text(encoding="utf-8"))
    names = set(lock["packages"][""]["dependencies"]) - {"graphql", "rxjs", "ws"}
    tested = {name: lock["packages"][f"node_modules/{name}"]["version"] for name in names}
    requirements = (ROOT / "requirements/dev.txt").read_text(encoding="utf-8")
    tested["gql"] = re.findall(r"^gql==(\S+)", requirements, re.MULTILINE)[0]
    assert dict(re.findall(r"^\| `([^`]+)`[^|]*\| (\S+) \|", page, re.MULTILINE)) == tested


async def test_the_operations_page_lists_every_metric(http: httpx.AsyncClient) -> None:
    shown = re.findall(r"^# TYPE (invotify_\w+)", (await http.get("/metrics")).text, re.MULTILINE)
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`invotify_[^|]+) \|", page, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(shown)


def test_the_operations_page_lists_every_command() -> None:
    rows = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `invotify ([\w-]+)", rows, re.MULTILINE))
    assert listed == set(get_command(cli).commands)  # type: ignore[attr-defined]


def test_the_changelog_s_latest_release_is_the_package_s_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert released[0] == project["version"]
