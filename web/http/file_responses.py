"""Files that are created for a request: ETags, file names, and what is counted."""

import re
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

Count = Callable[[], Awaitable[None]]
"""Counts a file that a client gets, and raises RateLimited if it has had too many."""

_ETAG: Final = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
"""RFC 9110 8.8.3. If-None-Match compares weakly, so the `W/` prefix is ignored (13.1.2)."""
_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9 !#$&'()+,.;=@\[\]^_`{}~-]")
"""Characters that a quoted string in a header shouldn't contain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedFile:
    """A file of which all but its content is known before `create` is called."""

    fingerprint: str
    """It changes whenever the bytes do."""
    name: str
    media_type: str
    is_saved: bool
    """Whether browsers save it instead of showing it."""
    create: Callable[[], Awaitable[bytes]]


async def file_response(request: Request, file: CreatedFile, count: Count | None) -> Response:
    """Return a file, which is counted and then created only if the client needs it.

    A client that has it already gets a 304 (RFC 9110 13.1.2). HEAD gets the headers that are known
    without the content.
    """
    tag = f'"{file.fingerprint}"'
    headers = {"etag": tag}
    if _matches(request.headers, tag):
        return Response(status_code=304, headers=headers)
    headers["content-disposition"] = disposition(file.name, is_saved=file.is_saved)
    if request.method == "HEAD":
        response = Response(headers=headers, media_type=file.media_type)
        del response.headers["content-length"]  # it would be 0
        return response
    if count:
        await count()
    return Response(await file.create(), headers=headers, media_type=file.media_type)


def _matches(headers: Headers, tag: str) -> bool:
    """Whether If-None-Match contains `tag`."""
    condition = ", ".join(headers.getlist("if-none-match"))
    return condition.strip() == "*" or tag in _ETAG.findall(condition)


def disposition(filename: str, *, is_saved: bool = False) -> str:
    """Return the Content-Disposition that shows a file or saves it, by its name (RFC 6266).

    Old programs read the ASCII name, all others the full one (RFC 8187).
    """
    plain = unicodedata.normalize("NFKD", filename)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = _NOT_PLAIN.sub("_", plain)
    kind = "attachment" if is_saved else "inline"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
