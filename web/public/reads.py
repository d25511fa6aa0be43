"""Where an invoice's page reports what its reader does."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from context import services_of
from errors import BadInput
from models import ReaderAction
from web.http.body_limits import limit_body
from web.http.client_info import client_info_of
from web.http.session_cookie import staff_or_none

_MAX_BODY: Final = 1024
"""Bytes."""
_TOO_LARGE: Final = "This report is too large."


async def report_read(request: Request) -> Response:
    """Record what the reader did. Raises NotFound, and BadInput for a report that isn't ours."""
    form = await limit_body(request, _MAX_BODY, _TOO_LARGE).form(max_files=0)
    try:
        action = ReaderAction(str(form.get("action")))
    except ValueError:
        raise BadInput(field="action") from None
    await services_of(request).reads.report(
        request.path_params["token"],
        client_info_of(request),
        number=request.path_params.get("number"),
        action=action,
        staff=await staff_or_none(request),
    )
    return Response(status_code=204)
