"""The company's logo: uploading and removing it."""

from typing import Final

from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from auth.permissions import Permission
from errors import BadInput, BodyTooLarge, PortalError
from services.company.logos import MAX_UPLOAD, UPLOAD_TOO_LARGE, remove_logo
from web.dashboard.forms.pages import Confirmation, confirmation_page
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.settings.company import PATH, render_company_page

_MAX_FILE_SIZE: Final = 4 * MAX_UPLOAD
"""Bytes that are read of a file. Browsers show no response before they have sent the whole file, so
a file that is a little too large is read to its end and refused afterwards."""


@login_required(Permission.MANAGE_COMPANY, max_file_size=_MAX_FILE_SIZE)
async def upload_logo(request: DashboardRequest) -> Response:
    """Replace the logo with the uploaded file."""
    try:
        await request.services.logos.replace(request.staff, await _uploaded_file(request.form))
    except PortalError as error:
        return await render_company_page(request, error=error, failed_form="logo")
    return RedirectResponse(f"{PATH}?saved=logo#look", 303)


async def _uploaded_file(submitted: FormData) -> bytes:
    """Return the uploaded file. Raises BadInput if there is none, and BodyTooLarge."""
    file = submitted.get("logo")
    if not isinstance(file, UploadFile) or not file.size:
        raise BadInput("Choose an image first.", field="logo")
    if file.size > MAX_UPLOAD:
        raise BodyTooLarge(UPLOAD_TOO_LARGE, field="logo")
    return await file.read()


@login_required(Permission.MANAGE_COMPANY)
async def remove_logo_page(request: DashboardRequest) -> Response:
    """Ask for confirmation, and remove the logo."""

    async def remove() -> str:
        await remove_logo(request.staff)
        return f"{PATH}?saved=no-logo#look"

    confirmation = Confirmation(
        title="Remove your logo?",
        text="Documents and e-mails will show your company's name instead.",
        button="Remove logo",
        back_url=PATH,
        is_destructive=True,
    )
    return await confirmation_page(request, confirmation, remove)
