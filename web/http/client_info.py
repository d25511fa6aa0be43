"""The client of a request: its address and user agent."""

from starlette.requests import Request

from auth.client_info import ClientInfo, parse_client_info
from context import services_of


def client_info_of(request: Request) -> ClientInfo:
    """Return the client that sent `request`, trusting only our proxies' headers."""
    services = services_of(request)
    peer = request.client.host if request.client else None
    proxies = services.settings.trusted_proxies
    return parse_client_info(peer, request.method, request.scope["headers"], proxies)
