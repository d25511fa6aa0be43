"""The tables of documents, in Markdown, and whether they meet their goals."""

from typing import Final

from dev.benchmarks.pdf.rendering import OURS, RIVALS, SCRIPTS, Rounds, cost, ratio, size
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
_BARS: Final = """
| goal | measured | |
| --- | ---: | --- |"""

Bar = tuple[str, float, float]
"""What is promised, what it is, and what it may be at most."""


def rendering_tables(measured: Rounds) -> str:
    """Return what documents cost by renderer and by script."""
    lines = [_RENDERED]
    for count in sorted({count for _, _, count in measured}):
        noun = "line" if count == 1 else "lines"
        reference = measured.get(("reportlab", "Latin", count))
        for renderer in (OURS, *RIVALS):
            rounds = measured.get((renderer, "Latin", count))
            if rounds is not None:
                against = f"{ratio(rounds, reference):.2f}" if reference else ""
                lines.append(
                    f"| {count:,} {noun} | {renderer} | {cost(rounds):.1f} | {against}"
                    f" | {size(rounds):,.0f} |"
                )
    latin = measured[OURS, "Latin", 10]
    lines.append(_SCRIPTS)
    for script in ("Latin", *SCRIPTS):
        rounds = measured[OURS, script, 10]
        lines.append(
            f"| {script} | {cost(rounds):.1f} | {ratio(rounds, latin):.2f}"
            f" | {size(rounds):,.0f} | {size(rounds) / size(latin):.2f} |"
        )
    return "\n".join([*lines, _bars(_rendering_bars(measured))])


def served_table(served: Served) -> str:
    """Return what came of fetching documents, and of the queries meanwhile."""
    (middle, p99), (quiet, busy) = served.document_ms, served.query_ms
    lines = [
        _SERVED,
        f"| documents a second | {served.per_second:.1f} |",
        f"| a document, median | {middle:.1f} ms |",
        f"| a document, p99 | {p99:.1f} ms |",
        f"| query for an invoice without PDFs, median | {quiet:.1f} ms |",
        f"| query for an invoice beside PDFs, median | {busy:.1f} ms |",
    ]
    bars = [
        ("milliseconds between documents (40 a second)", 1000 / served.per_second, 25.0),
        ("a document's p99 to its median", p99 / middle, 10.0),
        ("query median beside PDFs to without", served.slower, 4 / 3),
    ]
    return "\n".join([*lines, _bars(bars)])


def _rendering_bars(measured: Rounds) -> list[Bar]:
    bars: list[Bar] = []
    for count, most in ((10, 0.7), (100, 0.5)):
        reference = measured.get(("reportlab", "Latin", count))
        if reference:
            ours = ratio(measured[OURS, "Latin", count], reference)
            bars.append((f"{count} lines, CPU to reportlab", ours, most))
    many = measured.get((OURS, "Latin", 1000))
    if many:
        grown = ratio(many, measured[OURS, "Latin", 100])
        bars.append(("1,000 lines, CPU to 100 lines", grown, 10.5))
    latin = size(measured[OURS, "Latin", 10])
    bars.append(("ten lines, KB", latin / 1000, 60.0))
    bars += [
        (f"ten {script} lines, bytes to Latin", size(measured[OURS, script, 10]) / latin, 2.0)
        for script in SCRIPTS
    ]
    return bars


def _bars(bars: list[Bar]) -> str:
    lines = [_BARS]
    for promise, figure, most in bars:
        verdict = "met" if figure <= most else "MISSED"
        lines.append(f"| {promise}: at most {most:.3g} | {figure:.2f} | {verdict} |")
    return "\n".join(lines)
