"""Companies' logos: taken in and drawn anew, put in each other's place, and found again."""

import re
from functools import partial
from typing import Final

from auth.staff import Staff
from core.thread_limiter import ThreadLimiter
from db.statements import fetch
from db.transactions import transactional
from errors import NotFound
from models import AuditAction, Company, Logo
from services.common import audit_log
from services.company.images import Picture, redraw

MAX_UPLOAD: Final = 2 * 1024 * 1024
"""Bytes of an uploaded file."""
_FIT: Final = (600, 200)
"""Pixels: twice to three times what a page, an e-mail or a PDF shows it in."""
_MAX_AT_ONCE: Final = 1
"""To draw one takes up to 300 MB."""
_MAX_QUEUED: Final = 8
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Logos:
    """Takes in logos, and draws them anew in a thread, one after the other."""

    def __init__(self) -> None:
        self._turns = ThreadLimiter(_MAX_AT_ONCE, _MAX_QUEUED)

    async def replace(self, staff: Staff, upload: bytes) -> Company:
        """Return the company with the uploaded image as its logo, in place of any other.

        Raises BadInput for what is no image that we take, and RateLimited when too many are queued;
        nothing is changed then.
        """
        return await _keep(staff, await self._turns.run(partial(redraw, upload, fit=_FIT)))


@transactional
async def _keep(staff: Staff, picture: Picture) -> Company:
    company = await Company.select_for_update(no_key=True).get(id=staff.company_id)
    if company.logo_digest == picture.digest:
        return company
    await Logo.filter(company_id=company.id).delete()
    await Logo.create(
        company_id=company.id,
        digest=picture.digest,
        content=picture.content,
        width=picture.width,
        height=picture.height,
    )
    await _name(staff, company, picture.digest)
    return company


@transactional
async def remove_logo(staff: Staff) -> None:
    """Take the company's logo away, if it has one."""
    company = await Company.select_for_update(no_key=True).get(id=staff.company_id)
    if company.logo_digest is None:
        return
    await Logo.filter(company_id=company.id).delete()
    await _name(staff, company, None)


async def _name(staff: Staff, company: Company, digest: str | None) -> None:
    company.logo_digest = digest
    await company.save(update_fields=["logo_digest"])
    await audit_log.note(staff, AuditAction.COMPANY_UPDATED, company.id, company.name)


async def find_logo(digest: str) -> bytes:
    """Return the PNG with this digest. Anybody may see it. Raises NotFound."""
    if not _DIGEST.fullmatch(digest):
        raise NotFound
    found = await fetch("SELECT content FROM logo WHERE digest = $1 LIMIT 1", digest)
    if not found:
        raise NotFound
    return bytes(found[0]["content"])


async def logo_of(company: Company) -> bytes | None:
    """Return the company's logo as a PNG, or None if it has none."""
    if company.logo_digest is None:
        return None
    found = await fetch("SELECT content FROM logo WHERE company_id = $1", company.id)
    return bytes(found[0]["content"]) if found else None


UPLOAD_TOO_LARGE: Final = f"The image's file is larger than {MAX_UPLOAD // 1024**2} MiB."
