"""The layers: the import contract and two documents all show the same picture."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

import grimp

_ROOT: Final = Path(__file__).parents[1]
_MAX_FILES: Final = 25
_MAX_LINES: Final = 400


def _picture(document: str) -> list[str]:
    text = (_ROOT / document).read_text(encoding="utf-8")
    (picture,) = re.findall(r"^```layers\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return str(picture).splitlines()


def _linter() -> dict[str, Any]:
    settings = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    linter: dict[str, Any] = settings["tool"]["importlinter"]
    return linter


def _layers(container: str | None) -> list[str]:
    (layers,) = (
        contract["layers"]
        for contract in _linter()["contracts"]
        if contract["type"] == "layers" and contract.get("containers", [None]) == [container]
    )
    return list(layers)


def _sources() -> list[Path]:
    packages = [_ROOT / name for name in _linter()["root_packages"]]
    return [*_ROOT.glob("*.py"), *(path for package in packages for path in package.rglob("*.py"))]


def test_both_documents_draw_the_same_picture() -> None:
    assert _picture("docs/architecture.md") == _picture("CONTRIBUTING.md")


def test_the_import_contract_is_the_picture() -> None:
    lines = _picture("docs/architecture.md")
    services, parts = "services: ", "  →  "
    (packages,) = (line.removeprefix(services) for line in lines if line.startswith(services))
    assert packages.split(parts) == _layers("services")
    # The contract leaves out the files above and below the packages: only packages can be layers.
    drawn = [line.partition(":")[0] for line in lines]
    top, *others = _layers(None)
    assert drawn == [top, "app", *others, "settings | errors"]


def test_every_package_is_in_the_picture() -> None:
    packages = {path.parent.name for path in _ROOT.glob("*/__init__.py")} - {"migrations", "tests"}
    drawn = {name for layer in _layers(None) for name in layer.split(" | ")}
    assert packages == drawn == set(_linter()["root_packages"])


def test_the_wheel_has_every_package() -> None:
    settings = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    files = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["include"]
    assert {Path(name).parts[1] for name in files} - {"*.py"} == {
        *_linter()["root_packages"],
        "migrations",
    }


def test_there_are_no_import_cycles() -> None:
    graph = grimp.build_graph(*_linter()["root_packages"], cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    # A customer has documents, and each of them has a customer and questions, which have the
    # document. Only functions import these.
    imports["schema.customers"] -= {"schema.invoices", "schema.quotes"}
    imports["schema.questions"] -= {"schema.customers", "schema.invoices", "schema.quotes"}
    TopologicalSorter(imports).prepare()  # raises CycleError


def test_no_folder_has_too_many_files() -> None:
    files = Counter(path.parent.relative_to(_ROOT) for path in _sources())
    del files[Path("schema")]  # has one file per type
    assert {str(folder): n for folder, n in files.items() if n > _MAX_FILES} == {}


def test_no_file_is_too_long() -> None:
    lengths = {path: path.read_text(encoding="utf-8").count("\n") for path in _sources()}
    assert {str(path): n for path, n in lengths.items() if n > _MAX_LINES} == {}


def test_only_one_function_knows_the_current_date() -> None:
    """The day depends on the company's time zone: everything asks `today_in` in models/companies.

    Found are `date.today()`, `datetime.today()`, `datetime.utcnow()` and `….now(…)….date()`,
    and the same with `fromtimestamp`.
    """
    found = {
        str(path.relative_to(_ROOT)): lines
        for path in _sources()
        if (lines := [*_current_dates(ast.parse(path.read_text(encoding="utf-8")))])
    }
    assert list(found) == ["models/companies.py"]
    assert len(found["models/companies.py"]) == 1


def _current_dates(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Name(id="date" | "datetime")
                    | ast.Attribute(attr="date" | "datetime"),
                    attr="today" | "utcnow",
                )
            ):
                yield node.lineno
            case ast.Call(func=ast.Attribute(value=value, attr="date")) if _has_now(value):
                yield node.lineno


def _has_now(tree: ast.AST) -> bool:
    return any(
        isinstance(n, ast.Attribute) and n.attr in {"now", "fromtimestamp"} for n in ast.walk(tree)
    )
