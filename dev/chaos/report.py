"""The results of rounds, as lines and as a table."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from dev.chaos.faults import FAULTS
from dev.chaos.rounds import Result


def save(path: Path, result: Result) -> None:
    """Add a result to a file."""
    with path.open("a", encoding="utf-8") as file:
        print(json.dumps(asdict(result)), file=file)


def load(path: Path) -> list[Result]:
    """Return the results in a file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Result(**json.loads(each)) for each in lines]


def line(result: Result) -> str:
    """Return a round as text."""
    verdict = "held" if not result.wrong else "BROKEN"
    errors = ", ".join(f"{code} {count}" for code, count in Counter(result.errors).most_common())
    text = (
        f"{verdict}  {result.name}  {result.requests} requests, longest {result.longest:.1f} s,"
        f" ready after {result.recovery:.1f} s, lag {result.lag:.1f} s, errors: {errors or '-'}"
    )
    return "\n".join([text, *(f"    {wrong}" for wrong in result.wrong), f"    {result.command}"])


def summary(results: list[Result]) -> str:
    """Return one line about all rounds."""
    broken = sum(bool(result.wrong) for result in results)
    requests = sum(result.requests for result in results)
    acknowledged = sum(result.acknowledged for result in results)
    return (
        f"{len(results)} rounds, {requests} requests, {acknowledged} acknowledged;"
        f" {broken or 'none'} of the rounds broke a promise."
    )


def table(results: Iterable[Result]) -> str:
    """Return all rounds as a Markdown table with a line for each fault."""
    by_name: defaultdict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        by_name[result.database, result.name].append(result)
    head = ["fault", "rounds", "requests", "promised", "clients saw", "longest", "ready in", "kept"]
    lines = [
        f"| {' | '.join([*head, 'repeat'])} |",
        "| --- | ---: | ---: | --- | --- | ---: | ---: | --- | --- |",
        *(_row(rounds) for rounds in by_name.values()),
    ]
    return "\n".join(lines)


def _row(rounds: list[Result]) -> str:
    first = rounds[0]
    errors = sum((Counter(result.errors) for result in rounds), Counter[str]())
    seen = ", ".join(f"{code} {count}" for code, count in errors.most_common()) or "no error"
    wrong = sum(bool(result.wrong) for result in rounds)
    where = " (SQLite)" if first.database == "sqlite" else ""
    names = first.name.split("+")
    cells = [
        f"`{first.name}`{where}",
        len(rounds),
        sum(result.requests for result in rounds),
        "; ".join(dict.fromkeys(FAULTS[name].promise for name in names)),
        seen,
        f"{max(result.longest for result in rounds):.1f} s",
        f"{max(result.recovery for result in rounds):.1f} s",
        "yes" if not wrong else f"no, in {wrong}",
        f"`--seed {first.seed}`",
    ]
    return f"| {' | '.join(map(str, cells))} |"
