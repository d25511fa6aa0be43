"""The tables of PDF rendering in Markdown, and whether the goals are met."""

from typing import Final

from dev.benchmarks.pdf.rendering import (
    OTHER_RENDERERS,
    PORTAL_RENDERER,
    SCRIPTS,
    WITH_E_INVOICE,
    Rounds,
    cost,
    ratio,
    size,
)
from dev.benchmarks.served import Served

_RENDERED: Final = """
| document | renderer | CPU ms | to reportlab | bytes |
| --- | --- | ---: | ---: | ---: |"""
_SCRIPTS: Final = """
| ten lines | CPU ms | to Latin | bytes | to Latin |
| --- | ---: | ---: | ---: | ---: |"""
_SERVED: Final = """
| invoices as PDFs, 4 at a time | |
| --- | ---: |"""
_GOALS: Final = """
| goal | measured | |
| --- | ---: | --- |"""

_WITHOUT_TAGS: Final = {10: 0.406, 100: 0.355}
"""The portal's CPU time to reportlab's, by lines, before PDFs were tagged or had e-invoices."""

Goal = tuple[str, float, float]
"""A goal's name, the measured figure and the maximum."""


def rendering_tables(measured: Rounds) -> str:
    """Return the tables of CPU time and size by renderer and by script."""
    lines = [_RENDERED]
    for count in sorted({count for _, _, count in measured}):
        noun = "line" if count == 1 else "lines"
        reference = measured.get(("reportlab", "Latin", count))
        for renderer in (PORTAL_RENDERER, WITH_E_INVOICE, *OTHER_RENDERERS):
            rounds = measured.get((renderer, "Latin", count))
            if rounds is not None:
                against = f"{ratio(rounds, reference):.2f}" if reference else ""
                lines.append(
                    f"| {count:,} {noun} | {renderer} | {cost(rounds):.1f} | {against}"
                    f" | {size(rounds):,.0f} |"
                )
    latin = measured[PORTAL_RENDERER, "Latin", 10]
    lines.append(_SCRIPTS)
    for script in ("Latin", *SCRIPTS):
        rounds = measured[PORTAL_RENDERER, script, 10]
        lines.append(
            f"| {script} | {cost(rounds):.1f} | {ratio(rounds, latin):.2f}"
            f" | {size(rounds):,.0f} | {size(rounds) / size(latin):.2f} |"
        )
    return "\n".join([*lines, _goals_table(_rendering_goals(measured))])


def served_table(served: Served) -> str:
    """Return the table of downloads and queries."""
    (middle, p99), (quiet, busy) = served.document_ms, served.query_ms
    lines = [
        _SERVED,
        f"| documents a second | {served.per_second:.1f} |",
        f"| a document, median | {middle:.1f} ms |",
        f"| a document, p99 | {p99:.1f} ms |",
        f"| query for an invoice without PDFs, median | {quiet:.1f} ms |",
        f"| query for an invoice beside PDFs, median | {busy:.1f} ms |",
    ]
    goals = [
        ("milliseconds between documents (40 a second)", 1000 / served.per_second, 25.0),
        ("a document's p99 to its median", p99 / middle, 10.0),
        ("query median beside PDFs to without", served.slower, 4 / 3),
    ]
    return "\n".join([*lines, _goals_table(goals)])


def _rendering_goals(measured: Rounds) -> list[Goal]:
    goals: list[Goal] = []
    for count, maximum in ((10, 0.7), (100, 0.5)):
        reference = measured.get(("reportlab", "Latin", count))
        if reference:
            ours = ratio(measured[PORTAL_RENDERER, "Latin", count], reference)
            goals.append((f"{count} lines, CPU to reportlab", ours, maximum))
            complete = ratio(measured[WITH_E_INVOICE, "Latin", count], reference)
            goals.append(
                (
                    f"{count} lines, CPU with tags and e-invoice to without",
                    complete / _WITHOUT_TAGS[count],
                    1.5,
                )
            )
    many = measured.get((PORTAL_RENDERER, "Latin", 1000))
    if many:
        grown = ratio(many, measured[PORTAL_RENDERER, "Latin", 100])
        goals.append(("1,000 lines, CPU to 100 lines", grown, 10.5))
    latin = size(measured[PORTAL_RENDERER, "Latin", 10])
    complete = size(measured[WITH_E_INVOICE, "Latin", 10])
    goals.append(("ten lines with an e-invoice, KB", complete / 1000, 36.0))
    goals += [
        (
            f"ten {script} lines, bytes to Latin",
            size(measured[PORTAL_RENDERER, script, 10]) / latin,
            2.0,
        )
        for script in SCRIPTS
    ]
    return goals


def _goals_table(goals: list[Goal]) -> str:
    lines = [_GOALS]
    for name, figure, maximum in goals:
        verdict = "met" if figure <= maximum else "MISSED"
        lines.append(f"| {name}: at most {maximum:.3g} | {figure:.2f} | {verdict} |")
    return "\n".join(lines)
