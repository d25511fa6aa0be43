"""Companies' logos: uploading, replacing, removing and finding them."""

import re
from functools import partial
from typing import Final

from auth.staff import Staff
from core.thread_limiter import ThreadLimiter
from db.statements import fetch
from db.transactions import transactional
from errors import NotFound, Text
from models import AuditAction, Company, Logo
from services.common import audit_log
from services.company.images import Picture, redraw

MAX_UPLOAD: Final = 2 * 1024 * 1024
"""The maximum size of an uploaded file, in bytes."""
UPLOAD_TOO_LARGE: Final = Text(
    "Choose an image file of at most %(most)s MiB.", most=MAX_UPLOAD // 1024**2
)
_MAX_SIZE: Final = (600, 200)
"""In pixels: two to three times the size shown on pages, in e-mails and PDFs."""
_MAX_KEPT: Final = 20
"""Logos of a company. E-mails that were sent with earlier ones still show them."""
_MAX_CONCURRENT_REDRAWS: Final = 1
"""Redrawing takes up to 300 MB."""
_MAX_QUEUED_REDRAWS: Final = 8
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Logos:
    """Redraws uploaded logos in a thread, one after the other; companies take turns."""

    def __init__(self) -> None:
        self._threads = ThreadLimiter(
            max_threads=_MAX_CONCURRENT_REDRAWS, max_queued=_MAX_QUEUED_REDRAWS
        )

    async def replace(self, staff: Staff, upload: bytes) -> Company:
        """Replace the company's logo with the uploaded image, and return the company.

        Raises BadInput if the image can't be used, and RateLimited when too many are queued.
        Nothing is changed then.
        """
        redrawing = partial(redraw, upload, fit=_MAX_SIZE)
        return await _keep(staff, await self._threads.run_for(staff.company_id, redrawing))


@transactional
async def _keep(staff: Staff, picture: Picture) -> Company:
    company = await Company.select_for_update(no_key=True).get(id=staff.company_id)
    if company.logo_digest == picture.digest:
        return company
    of_company = Logo.filter(company_id=company.id)
    await of_company.filter(digest=picture.digest).delete()
    await Logo.create(
        company_id=company.id,
        digest=picture.digest,
        content=picture.content,
        width=picture.width,
        height=picture.height,
    )
    kept = await of_company.order_by("-created_at").limit(_MAX_KEPT).values_list("id", flat=True)
    await of_company.exclude(id__in=kept).delete()
    await _set_digest(staff, company, picture.digest)
    return company


@transactional
async def remove_logo(staff: Staff) -> None:
    """Remove the company's logo, if it has one, and all earlier ones: also from old e-mails."""
    company = await Company.select_for_update(no_key=True).get(id=staff.company_id)
    if company.logo_digest is None:
        return
    await Logo.filter(company_id=company.id).delete()
    await _set_digest(staff, company, None)


async def _set_digest(staff: Staff, company: Company, digest: str | None) -> None:
    company.logo_digest = digest
    await company.save(update_fields=["logo_digest"])
    await audit_log.note(staff, AuditAction.COMPANY_UPDATED, company.id, company.name)


async def find_logo(digest: str) -> bytes:
    """Return the PNG with this digest, which is public. Raises NotFound."""
    if not _DIGEST.fullmatch(digest):
        raise NotFound
    rows = await fetch("SELECT content FROM logo WHERE digest = $1 LIMIT 1", digest)
    if not rows:
        raise NotFound
    return bytes(rows[0]["content"])


async def logo_of(company: Company) -> bytes | None:
    """Return the company's logo as a PNG, or None if it has none."""
    if company.logo_digest is None:
        return None
    rows = await fetch(
        "SELECT content FROM logo WHERE company_id = $1 AND digest = $2",
        company.id,
        company.logo_digest,
    )
    return bytes(rows[0]["content"]) if rows else None


async def logo_size_of(company: Company) -> tuple[int, int] | None:
    """Return the width and height of the company's logo in pixels, or None if it has none."""
    if company.logo_digest is None:
        return None
    rows = await fetch(
        "SELECT width, height FROM logo WHERE company_id = $1 AND digest = $2",
        company.id,
        company.logo_digest,
    )
    return (rows[0]["width"], rows[0]["height"]) if rows else None
