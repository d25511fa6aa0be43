"""PDFs and e-invoices of several documents in one zip, with one document in memory at a time."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from structlog import get_logger

from auth.staff import Staff
from core.urls import Urls
from errors import BadInput, Busy, NotFound, Text
from models import Quote
from pdf.cleaning import safe_filename
from pdf.documents import PdfDocument
from pdf.worker_pool import RenderingFailed
from services.billing.documents import get_document
from services.billing.e_invoices import offered_file, write_file
from services.billing.pdf_documents import Row, to_pdf_document
from services.common.listings import Listing, Window

MAX_DOCUMENTS: Final = 200
"""Documents in one zip."""
_ATTEMPTS: Final = 10
"""How often a document is tried while the server is busy."""
_LEFT_OUT: Final = "Not included.txt"
Render = Callable[[PdfDocument], Awaitable[bytes]]

log = get_logger(__name__)


async def find_ids(listing: Listing[Any]) -> Sequence[UUID]:
    """Return the ids of the documents of a list. Raises BadInput if there are too many or none."""
    page = await listing.page(Window(size=MAX_DOCUMENTS))
    if page.has_next:
        raise BadInput(
            Text(
                "At most %(most)s documents fit in one file. Narrow the list first.",
                most=MAX_DOCUMENTS,
            ),
            field="id",
        )
    if not page.rows:
        raise BadInput(Text("Select at least one document."), field="id")
    return [row.id for row in page.rows]


async def to_zip(
    model: type[Row], staff: Staff, ids: Iterable[UUID], urls: Urls, render: Render
) -> AsyncIterator[bytes]:
    """Yield the zip with the PDFs of the company's documents, and their e-invoices next to them.

    PDFs that can't be rendered are named in a text file at its end.
    """
    piece = _Piece()
    names, left_out = _Names(), list[str]()
    with ZipFile(piece, "w", ZIP_STORED) as archive:  # PDFs are compressed already
        for id_ in ids:
            try:
                row = await get_document(model, staff, str(id_))
            except NotFound:  # deleted since
                continue
            document = await to_pdf_document(row, urls)
            name = names.of(document)
            content = await _try(render, document)
            if content is None:
                left_out.append(f"{name}.pdf")
                continue
            archive.writestr(_entry(f"{name}.pdf"), content)
            yield piece.take()
            file = None if isinstance(row, Quote) else await offered_file(row)
            if file is not None:
                archive.writestr(_entry(f"{name}.xml"), await write_file(file))
                yield piece.take()
        if left_out:
            text = "These couldn't be created. Please try again:\n" + "\n".join(left_out) + "\n"
            archive.writestr(_entry(_LEFT_OUT), text)
    yield piece.take()


async def _try(render: Render, document: PdfDocument) -> bytes | None:
    """Return the PDF, waiting while others are rendered; None if that fails."""
    for _ in range(_ATTEMPTS):
        try:
            return await render(document)
        except Busy as refusal:
            await asyncio.sleep(refusal.retry_after or 1)
        except RenderingFailed:
            log.exception("zip.document_failed", number=document.number)
            return None
    return None


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, datetime.now(UTC).timetuple()[:6])
    entry.external_attr = 0o644 << 16
    return entry


class _Names:
    """Names of documents' files, no two of which are the same in any file system."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, document: PdfDocument) -> str:
        """Return the name of a document's files without their endings: its number."""
        stem = safe_filename(document.number) or "Draft"
        name, count = stem, 1
        while name.casefold() in self._taken:
            count += 1
            name = f"{stem} ({count})"
        self._taken.add(name.casefold())
        return name


class _Piece(io.RawIOBase):
    """A file that keeps what was written since it was last taken."""

    def __init__(self) -> None:
        super().__init__()
        self._content = bytearray()

    def writable(self) -> bool:
        """Whether it can be written: yes."""
        return True

    def write(self, content: Any) -> int:  # noqa: ANN401  # any bytes
        """Append bytes."""
        self._content += content
        return len(content)

    def take(self) -> bytes:
        """Return what was written, and forget it."""
        content = bytes(self._content)
        self._content.clear()
        return content
