"""The usual request: a POST of JSON for one response. It is answered without a detour.

Websockets take none either: the router would keep several frames for each until it closes.

Whatever is unusual about a request is left to the endpoint, which gets it as it arrived. So every
rule is stated once, and what is answered here keeps them all.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from cross_web import HTTPException
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry.http import GraphQLRequestData

from api.execution import OperationContext
from api.http.negotiation import negotiate
from api.http_requests import (
    MAX_BODY,
    check_content_type,
    check_parameters,
    parse_json,
    single_response,
)
from api.operations import OPERATIONS, respond
from auth.client_info import parse_client_info
from settings import Settings

_PATH: Final = "/graphql"
_METHOD: Final = "POST"
_MAX_LENGTH: Final = 200
"""Characters of a usual header. Longer ones aren't remembered."""


class LeanRequestsMiddleware:
    """Answers usual requests, and passes on the others, websockets straight to the endpoint."""

    def __init__(self, app: Starlette, endpoint: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._endpoint = endpoint
        self._proxies = settings.trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] == "websocket" and scope["path"] == _PATH:
            scope["app"] = self._app
            await self._endpoint(scope, receive, send)
            return
        if scope.get("method") != _METHOD or scope["path"] != _PATH:
            await self._app(scope, receive, send)
            return
        headers = dict(reversed(scope["headers"]))  # the first of each name, as in Starlette
        media_type = _media_type_for(headers)
        if media_type is None:
            await self._app(scope, receive, send)
            return
        message = await receive()
        response = await self._respond(scope, headers, message, media_type)
        if response is None:
            await self._app(scope, _receive_again(message, receive), send)
        else:
            await response(scope, receive, send)

    async def _respond(
        self, scope: Scope, headers: Mapping[bytes, bytes], message: Message, media_type: str
    ) -> Response | None:
        """Return the response, or None if the body isn't complete or nothing can be executed."""
        body = message.get("body", b"")
        if message["type"] != "http.request" or message.get("more_body") or len(body) > MAX_BODY:
            return None
        try:
            parameters = check_parameters(parse_json(body))
            data = await respond(
                GraphQLRequestData(
                    query=parameters["query"],
                    variables=parameters.get("variables"),
                    operation_name=parameters.get("operationName"),
                    extensions=parameters.get("extensions"),
                    protocol="http",
                ),
                self._context(scope, headers),
                OPERATIONS[_METHOD],
            )
        except HTTPException:
            # It is raised before anything is executed.
            return None
        return single_response(data, media_type)

    def _context(self, scope: Scope, headers: Mapping[bytes, bytes]) -> OperationContext:
        peer = scope["client"][0] if scope.get("client") else None
        return OperationContext(
            services=self._app.state.services,
            client_info=parse_client_info(peer, _METHOD, scope["headers"], self._proxies),
            authorization=headers.get(b"authorization", b"").decode("latin-1") or None,
            accept_language=headers.get(b"accept-language", b"").decode("latin-1"),
        )


def _media_type_for(headers: Mapping[bytes, bytes]) -> str | None:
    """Return the media type of the response to a request with usual `headers`."""
    content_type, accepted = headers.get(b"content-type", b""), headers.get(b"accept", b"*/*")
    if b"content-encoding" in headers or len(content_type) + len(accepted) > _MAX_LENGTH:
        return None
    return _negotiated(content_type.decode("latin-1"), accepted.decode("latin-1"))


@lru_cache(256)
def _negotiated(content_type: str, accepted: str) -> str | None:
    """Return the media type of a single response, or None for a stream and for a refusal."""
    try:
        check_content_type(content_type)
        accepts = negotiate(accepted)
    except HTTPException:
        return None
    return None if accepts.prefers_stream else accepts.media_type


def _receive_again(message: Message, receive: Receive) -> Receive:
    """Return what receives `message` first, and then the following ones."""
    messages: list[Message] = [message]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again
