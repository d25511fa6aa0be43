"""Links that were typed or completed by a program: with capital letters, or a slash at the end.

RFC 9562 4 lets UUIDs have capital letters. A redirect leads to the only spelling that is looked up.
"""

from typing import Final
from urllib.parse import quote

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

_UUID: Final = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"


class _MisspelledLink(Convertor[str]):
    """Matches a link whose token has capital letters, or that has a slash at the end."""

    regex = (
        "(?:invoice|quote|credit-note|portal|preferences|unsubscribe)/"
        f"(?:(?=[0-9a-f-]*[A-F]){_UUID}(?:[./].*)?|{_UUID}/)"
    )

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("misspelled_link", _MisspelledLink())
PATH: Final = "/{link:misspelled_link}"


async def correct_link(request: Request) -> Response:
    """Redirect to the usual spelling of the link, with the same method and query."""
    kind, token, *rest = request.path_params["link"].split("/")
    name, dot, extension = token.partition(".")
    if rest == [""]:
        rest = []
    path = "/".join([kind, f"{name.lower()}{dot}{extension}", *rest])
    query = f"?{request.url.query}" if request.url.query else ""
    # A path alone: behind a proxy, the host and scheme that are seen here may be others.
    return RedirectResponse(f"/{quote(path)}{query}", 308)
