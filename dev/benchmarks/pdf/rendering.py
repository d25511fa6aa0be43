"""Rendering by the portal and by other libraries, in alternation, in this process."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from io import BytesIO
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from pypdf import PdfReader

from dev.benchmarks.pdf.documents import ARABIC, CHINESE, LATIN, POLISH_AND_GREEK, make_document
from dev.benchmarks.pdf.e_invoices import factur_x
from pdf.documents import PdfDocument
from pdf.labels import Labels
from pdf.rendering import render

Renderer = Callable[[PdfDocument], bytes]

PORTAL_RENDERER: Final = "portal"
WITH_E_INVOICE: Final = "portal, e-invoice"
OTHER_RENDERERS: Final = ("reportlab", "weasyprint", "fpdf2")
SCRIPTS: Final = {"Chinese": CHINESE, "Arabic": ARABIC, "Polish and Greek": POLISH_AND_GREEK}
_MAX_LINES: Final = {"weasyprint": 100, "fpdf2": 100}
"""The largest documents of the renderers that take seconds for more."""
_serials = count()


@dataclass(frozen=True, slots=True)
class Measurement:
    """The averages of a round."""

    cpu_ms: float
    """Per document."""
    size: float
    """Bytes per file."""


Rounds = dict[tuple[str, str, int], list[Measurement]]
"""By renderer, script and number of lines."""


def compare_renderers(rounds: int, batches: dict[int, int]) -> Rounds:
    """Measure all installed renderers in alternation; `batches` maps lines to documents.

    Every document is new: in a round, all renderers get the same texts, but each gets its own
    numbers, links and amounts.
    """
    with TemporaryDirectory(prefix="invotify-bench-") as folder:
        portal = {PORTAL_RENDERER: render, WITH_E_INVOICE: _render_with_e_invoice}
        renderers = portal | _other_renderers(Path(folder))
        for name, renderer in renderers.items():
            _check(name, renderer)
        cases = [("Latin", LATIN, lines, batch) for lines, batch in batches.items()]
        cases += [(name, script, 10, batches[10]) for name, script in SCRIPTS.items()]
        measured: Rounds = {}
        for n in range(rounds + 1):
            for name, script, lines, batch in cases:
                serials = [next(_serials) for _ in range(batch)]
                for copy, (by, renderer) in enumerate(renderers.items(), 1):
                    if by != PORTAL_RENDERER and (
                        script is not LATIN or lines > _MAX_LINES.get(by, lines)
                    ):
                        continue
                    documents = [make_document(script, lines, serial, copy) for serial in serials]
                    measurement = _time(renderer, documents)
                    if n:  # the first round does not count
                        measured.setdefault((by, name, lines), []).append(measurement)
        return measured


def cost(rounds: Sequence[Measurement]) -> float:
    """Return the median CPU time per document, in milliseconds."""
    return median(measurement.cpu_ms for measurement in rounds)


def size(rounds: Sequence[Measurement]) -> float:
    """Return the median size of a file in bytes."""
    return median(measurement.size for measurement in rounds)


def ratio(ours: Sequence[Measurement], theirs: Sequence[Measurement]) -> float:
    """Return the median of the rounds' ratios of CPU time."""
    pairs = zip(ours, theirs, strict=True)
    return median(one.cpu_ms / other.cpu_ms for one, other in pairs)


def _render_with_e_invoice(document: PdfDocument) -> bytes:
    return render(replace(document, e_invoice=factur_x(document)))


def _other_renderers(folder: Path) -> dict[str, Renderer]:
    """Return the renderers that are installed; weasyprint also needs Pango."""
    renderers: dict[str, Renderer] = {}
    try:
        fonts = import_module("dev.benchmarks.pdf.static_fonts").write_static_fonts(folder)
    except ImportError as missing:
        print(f"All others are left out: {missing}")
        return renderers
    for name in OTHER_RENDERERS:
        try:
            renderers[name] = import_module(f"dev.benchmarks.pdf.with_{name}").prepare(fonts)
        except (ImportError, OSError) as missing:
            print(f"{name} is left out: {missing}")
    return renderers


def _check(name: str, renderer: Renderer) -> None:
    """Assert that a file of several pages has all texts of its document."""
    document = make_document(LATIN, 60, next(_serials), 0)
    pages = [page.extract_text() for page in PdfReader(BytesIO(renderer(document))).pages]
    all_text, labels = _without_spaces("".join(pages)), Labels(document)
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
    missing = [text for text in expected if _without_spaces(text) not in all_text]
    assert not missing, (name, missing)
    head = "".join(labels.columns())
    repeated = [page for page in pages[:-1] if _without_spaces(head) in _without_spaces(page)]
    assert len(repeated) == len(pages) - 1 > 0, (name, "the table's head is not repeated")


def _without_spaces(text: str) -> str:
    return "".join(text.split())


def _time(renderer: Renderer, documents: Sequence[PdfDocument]) -> Measurement:
    gc.collect()
    started = time.process_time()
    sizes = [len(renderer(document)) for document in documents]
    spent = time.process_time() - started
    return Measurement(cpu_ms=spent / len(documents) * 1000, size=sum(sizes) / len(documents))
