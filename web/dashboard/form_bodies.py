"""The bodies of forms: of limited size, and only from pages of this site."""

from collections.abc import Collection
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request

from auth.browser_sessions import is_same_origin
from context import Services
from errors import Forbidden
from web.http.body_limits import limit_body

FORM_TOKEN: Final = "form_token"  # noqa: S105  # the field's name
MAX_FORM_SIZE: Final = 64 * 1024
"""Bytes of a form, unless its page allows more."""
_MAX_FIELDS: Final = 12_000
"""Fields of a form. The longest form has ten for each line of a document."""


async def read_form(
    http: Request, services: Services, max_file_size: int = 0, max_form_size: int = MAX_FORM_SIZE
) -> FormData:
    """Return the submitted form, with at most one file; sizes are in bytes, 0 means no file.

    Raises Forbidden if a page of another origin sent it, and BodyTooLarge.
    """
    if not is_same_origin(http.headers, services.settings.public_url):
        raise Forbidden("This form was sent from another site. Open the page here and try again.")
    max_size = max_form_size + max_file_size
    limited = limit_body(http, max_size, "This form is too large. Please shorten it.")
    await limited.body()  # which also limits what isn't a form
    return await limited.form(max_files=1 if max_file_size else 0, max_fields=_MAX_FIELDS)


def text_entries(form: FormData, but: Collection[str]) -> list[tuple[str, str]]:
    """Return the names and values of a form without its files, and without the fields of `but`."""
    return [
        (name, value)
        for name, value in form.multi_items()
        if name not in but and isinstance(value, str)
    ]
