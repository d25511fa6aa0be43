"""E-invoices as responses, in the format that the address asks for."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from services.billing.e_invoices import (
    XML_TYPE,
    Row,
    filename_of,
    find_file,
    parse_format,
    write_file,
)
from web.http.file_responses import Count, CreatedFile, file_response


async def xml_response(request: Request, row: Row, count: Count | None = None) -> Response:
    """Return the e-invoice of `row` in the `format` of the query, which browsers save.

    It is written only if the client needs it. Raises BadInput for an unknown format, and Conflict
    if something is missing for it.
    """
    file = await find_file(row, parse_format(request.query_params.get("format")))
    created = CreatedFile(
        fingerprint=file.fingerprint(),
        name=filename_of(file),
        media_type=XML_TYPE,
        is_saved=True,
        create=partial(write_file, file),
    )
    return await file_response(request, created, count)
