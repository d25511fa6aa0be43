"""Who is behind a request."""

from starlette.requests import Request

from auth.client_info import Visitor, visitor_of
from context import services_of


def visitor_behind(request: Request) -> Visitor:
    """Return who sent `request`, as far as trusted proxies vouch for it."""
    services = services_of(request)
    peer = request.client.host if request.client else None
    proxies = services.settings.trusted_proxies
    return visitor_of(peer, request.method, request.headers, proxies)
