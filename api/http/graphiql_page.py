"""GraphiQL, served from here: it works without the internet, and keeps no API key."""

import gzip
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from errors import NotFound

_FOLDER: Final = Path(__file__).parent / "graphiql"
_COMPRESSED: Final = ".gz"
_MEDIA_TYPES: Final = {".js": "text/javascript", ".css": "text/css"}


@cache
def graphiql_page() -> str:
    """Return the page, which loads the files."""
    return (_FOLDER / "page.html").read_text(encoding="utf-8")


async def graphiql_file(request: Request) -> Response:
    """Return a file of the page. Raises NotFound for another name."""
    name = request.path_params["name"]
    content = _files().get(name)
    if content is None:
        raise NotFound
    headers = {"cache-control": "no-cache", "vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
    else:
        content = gzip.decompress(content)
    return Response(content, headers=headers, media_type=_MEDIA_TYPES[Path(name).suffix])


@cache
def _files() -> dict[str, bytes]:
    """Return the files by their names in addresses, compressed."""
    files: dict[str, bytes] = {}
    for file in _FOLDER.iterdir():
        content = file.read_bytes()
        if file.suffix == _COMPRESSED:
            files[file.stem] = content
        elif file.suffix in _MEDIA_TYPES:
            files[file.name] = gzip.compress(content)
    return files
