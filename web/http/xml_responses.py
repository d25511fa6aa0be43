"""E-invoices as responses: the format that the address asks for, ETags and file names."""

from collections.abc import Awaitable, Callable
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from services.billing.e_invoices import XML_TYPE, Row, parse_format, write_file
from web.http.pdf_responses import disposition, matches


async def xml_response(
    request: Request, row: Row, count: Callable[[], Awaitable[None]] | None = None
) -> Response:
    """Return the e-invoice of `row` in the `format` of the query, and count it.

    Browsers save it. A client that has it already gets a 304, which isn't counted, nor is HEAD.
    Raises BadInput for an unknown format, and Conflict if something is missing for it.
    """
    file = await write_file(row, parse_format(request.query_params.get("format")))
    tag = f'"{sha256(file.content).hexdigest()}"'
    headers = {"etag": tag}
    if matches(request.headers, tag):
        return Response(status_code=304, headers=headers)
    headers["content-disposition"] = disposition(file.name, is_saved=True)
    if count and request.method != "HEAD":
        await count()
    return Response(file.content, headers=headers, media_type=XML_TYPE)
