"""A company's logo: staff upload it, and anyone can see it.

Uploads don't go through GraphQL, because their body is the image. Their errors have the same codes.
"""

from typing import Final

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth.permissions import Permission
from auth.staff import Staff, authenticate
from context import services_of
from services.company.logos import MAX_UPLOAD, UPLOAD_TOO_LARGE, find_logo, remove_logo
from web.http.body_limits import limit_body

_HEADERS: Final = {
    # The digest of the content is in the address, so what it shows never changes.
    "cache-control": "public, max-age=31536000, immutable",
    # E-mails and front ends of other origins show it.
    "cross-origin-resource-policy": "cross-origin",
}


class CompanyLogo(HTTPEndpoint):
    """The logo of the caller's company."""

    async def put(self, request: Request) -> Response:
        """Replace the logo with the image in the body, and return its address."""
        services = services_of(request)
        staff = await _authenticate_manager(request)
        content = await limit_body(request, MAX_UPLOAD, UPLOAD_TOO_LARGE).body()
        company = await services.logos.replace(staff, content)
        return JSONResponse({"logoUrl": services.urls.logo(company.logo_digest)})

    async def delete(self, request: Request) -> Response:
        """Remove the logo, if there is one."""
        await remove_logo(await _authenticate_manager(request))
        return Response(status_code=204)


async def _authenticate_manager(request: Request) -> Staff:
    """Return the caller. Raises Unauthenticated, and Forbidden without the permission."""
    staff = await authenticate(request.headers.get("authorization"))
    staff.require(Permission.MANAGE_COMPANY)
    return staff


async def logo(request: Request) -> Response:
    """Return the logo with the digest in the path."""
    digest = request.path_params["digest"]
    content = await find_logo(digest)
    headers = _HEADERS | {"etag": f'"{digest}"'}
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="image/png")
