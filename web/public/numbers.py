"""The number of a document in the path of a customer's portal."""

from starlette.requests import Request


def number_of(request: Request) -> str | None:
    """Return the number that the path names, without the space of `Urls.portal_invoice`."""
    number: str | None = request.path_params.get("number")
    return None if number is None else number.removesuffix(" ")
