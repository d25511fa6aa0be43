"""A company's logo: taken from staff, and shown to anybody.

An upload is no GraphQL: its body is the image itself. Its errors are coded as GraphQL's are.
"""

from typing import Final

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth.permissions import Permission
from auth.staff import Staff, authenticate
from context import services_of
from services.company.logos import MAX_UPLOAD, UPLOAD_TOO_LARGE, find_logo, remove_logo
from web.http.body_limits import read_body

_HEADERS: Final = {
    # The address has the content's digest in it, so what is behind it never changes.
    "cache-control": "public, max-age=31536000, immutable",
    # It belongs on front ends of other origins and into e-mails.
    "cross-origin-resource-policy": "cross-origin",
}


class CompanyLogo(HTTPEndpoint):
    """The logo of the caller's company."""

    async def put(self, request: Request) -> Response:
        """Take the image in the body as the logo; answers with where it is."""
        services = services_of(request)
        staff = await _manager(request)
        company = await services.logos.replace(
            staff, await read_body(request, MAX_UPLOAD, UPLOAD_TOO_LARGE)
        )
        return JSONResponse({"logoUrl": services.urls.logo(company.logo_digest)})

    async def delete(self, request: Request) -> Response:
        """Take the logo away; there need not be one."""
        await remove_logo(await _manager(request))
        return Response(status_code=204)


async def _manager(request: Request) -> Staff:
    """Return who is calling; raises Unauthenticated, and Forbidden without the permission."""
    staff = await authenticate(request.headers.get("authorization"))
    staff.require(Permission.MANAGE_COMPANY)
    return staff


async def logo(request: Request) -> Response:
    """Show the logo with the digest in the path."""
    digest = request.path_params["digest"]
    content = await find_logo(digest)
    headers = _HEADERS | {"etag": f'"{digest}"'}
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="image/png")
