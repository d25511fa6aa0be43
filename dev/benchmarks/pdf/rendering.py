"""Documents rendered by the portal and by others, in turns, in this process."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from pypdf import PdfReader

from dev.benchmarks.pdf.documents import ARABIC, CHINESE, LATIN, POLISH_AND_GREEK, paper
from pdf.documents import PdfDocument
from pdf.labels import Labels
from pdf.rendering import render

Renderer = Callable[[PdfDocument], bytes]

OURS: Final = "portal"
RIVALS: Final = ("reportlab", "weasyprint", "fpdf2")
SCRIPTS: Final = {"Chinese": CHINESE, "Arabic": ARABIC, "Polish and Greek": POLISH_AND_GREEK}
_UP_TO: Final = {"weasyprint": 100, "fpdf2": 100}
"""Lines that are enough of those who take seconds for more."""
_serials = count()


@dataclass(frozen=True, slots=True)
class Printed:
    """What the documents of one round came to."""

    cpu_ms: float
    """For each document."""
    size: float
    """Bytes of each file."""


Rounds = dict[tuple[str, str, int], list[Printed]]
"""By renderer, script and lines."""


def compare_renderers(rounds: int, batches: dict[int, int]) -> Rounds:
    """Render with all that are installed, in turns; `batches` says how many of how many lines.

    Every document is new: within a round all render the same texts, but each has a number, a link
    and amounts of its own.
    """
    with TemporaryDirectory(prefix="invotify-bench-") as folder:
        renderers = {OURS: render} | _rivals(Path(folder))
        for name, renderer in renderers.items():
            _check(name, renderer)
        cases = [("Latin", LATIN, lines, batch) for lines, batch in batches.items()]
        cases += [(name, script, 10, batches[10]) for name, script in SCRIPTS.items()]
        measured: Rounds = {}
        for n in range(rounds + 1):
            for name, script, lines, batch in cases:
                serials = [next(_serials) for _ in range(batch)]
                for copy, (by, renderer) in enumerate(renderers.items(), 1):
                    if by != OURS and (script is not LATIN or lines > _UP_TO.get(by, lines)):
                        continue
                    papers = [paper(script, lines, serial, copy) for serial in serials]
                    printed = _time(renderer, papers)
                    if n:  # the first round does not count
                        measured.setdefault((by, name, lines), []).append(printed)
        return measured


def cost(rounds: Sequence[Printed]) -> float:
    """Return the median of the rounds, in milliseconds a document."""
    return median(printed.cpu_ms for printed in rounds)


def size(rounds: Sequence[Printed]) -> float:
    """Return the median size of a file, in bytes."""
    return median(printed.size for printed in rounds)


def ratio(ours: Sequence[Printed], theirs: Sequence[Printed]) -> float:
    """Return the median of the rounds' ratios of processor time."""
    pairs = zip(ours, theirs, strict=True)
    return median(one.cpu_ms / other.cpu_ms for one, other in pairs)


def _rivals(folder: Path) -> dict[str, Renderer]:
    """Return those that are installed; weasyprint needs libraries of the system (Pango)."""
    found: dict[str, Renderer] = {}
    try:
        fonts = import_module("dev.benchmarks.pdf.static_fonts").cut_fonts(folder)
    except ImportError as missing:
        print(f"All others are left out: {missing}")
        return found
    for name in RIVALS:
        try:
            found[name] = import_module(f"dev.benchmarks.pdf.with_{name}").prepare(fonts)
        except (ImportError, OSError) as missing:
            print(f"{name} is left out: {missing}")
    return found


def _check(name: str, renderer: Renderer) -> None:
    """Assert that a file says everything that its document does, on several pages."""
    document = paper(LATIN, 60, next(_serials), 0)
    pages = [page.extract_text() for page in PdfReader(BytesIO(renderer(document))).pages]
    said, labels = _squeezed("".join(pages)), Labels(document)
    expected = [
        document.number,
        document.business.name,
        document.customer.name,
        *(line.description for line in document.lines),
        *(labels.money(line.amount) for line in document.lines),
        *(
            text
            for item in (*labels.subtotals(), labels.total(), *labels.settlements())
            for text in item
        ),
        document.notes or "",
        document.link or "",
        labels.page(len(pages), len(pages)),
    ]
    missing = [text for text in expected if _squeezed(text) not in said]
    assert not missing, (name, missing)
    head = "".join(labels.columns())
    repeated = [page for page in pages[:-1] if _squeezed(head) in _squeezed(page)]
    assert len(repeated) == len(pages) - 1 > 0, (name, "the table's head is not repeated")


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _time(renderer: Renderer, papers: Sequence[PdfDocument]) -> Printed:
    gc.collect()
    started = time.process_time()
    sizes = [len(renderer(document)) for document in papers]
    spent = time.process_time() - started
    return Printed(spent / len(papers) * 1000, sum(sizes) / len(papers))
