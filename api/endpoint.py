"""GraphQL over HTTP, server-sent events and websockets, as the specifications have them.

HTTP: https://graphql.github.io/graphql-over-http/draft/. Websockets: `graphql-transport-ws`. Events:
the distinct-connections mode of `graphql-sse`.
"""

from datetime import timedelta
from typing import Any, Final

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException, StarletteRequestAdapter
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.unset import UNSET, UnsetType

from api.schema import make_schema
from auth.visitor import visitor_of
from context import Context, Services
from errors import ErrorCode, Unauthenticated
from settings import Settings

MAX_BODY: Final = 256 * 1024
"""Bytes of a request's body."""
_JSON: Final = "application/json"
_GRAPHQL_JSON: Final = "application/graphql-response+json"
_EVENTS: Final = "text/event-stream"


class WebSocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """The protocol's handler, which also takes messages of the wrong shape for what they are."""

    async def handle_message(self, message: Any) -> None:  # noqa: ANN401  # any JSON
        """Handle `message`, or close with 4400 if it is not one of the protocol."""
        if not _is_protocol_message(message):
            await self.handle_invalid_message("Invalid message")
            return
        await super().handle_message(message)


def _is_protocol_message(message: object) -> bool:
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] in {"subscribe", "complete"} and not isinstance(message.get("id"), str):
        return False
    if message["type"] != "subscribe":
        return True
    payload = message.get("payload")
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("operationName"), (str, type(None)))
        and isinstance(payload.get("variables"), (dict, type(None)))
    )


class BoundedRequest(StarletteRequestAdapter):
    """A request of which no more is read than may be sent."""

    async def get_body(self) -> bytes:
        """Return the body; refuses with 413 as soon as it is too large."""
        body = bytearray()
        async for chunk in self._request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise HTTPException(413, f"The body is larger than {MAX_BODY // 1024} KiB.")
        return bytes(body)


class GraphQLEndpoint(GraphQL[Context, None]):
    """Serves the schema at one path."""

    graphql_transport_ws_handler_class = WebSocketHandler
    request_adapter_class = BoundedRequest

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            make_schema(),
            graphql_ide=None if settings.is_production else "graphiql",
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=timedelta(seconds=10),
            max_subscriptions_per_connection=20,
            allowed_origins=settings.cors_origins,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or serve one websocket."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self.run(request)
        except HTTPException as refusal:
            response = _refuse(request, refusal)
        await response(scope, receive, send)

    # --- what Strawberry's view asks for ---------------------------------------------------

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """Return the context of a request or of a websocket."""
        services: Services = request.app.state.services
        return Context(
            services=services,
            visitor=visitor_of(
                request.client.host if request.client else None,
                request.scope.get("method", "GET"),
                request.headers,
                services.settings.trusted_proxies,
            ),
            authorization=request.headers.get("authorization"),
            over_websocket=isinstance(request, WebSocket),
        )

    async def on_ws_connect(self, context: Context) -> UnsetType:
        """Let only staff open a websocket."""
        try:
            await context.of_operation().authenticate()
        except Unauthenticated as refusal:
            raise ConnectionRejectionError from refusal
        return UNSET

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        """Return the GraphQL request in a body or a query string, or refuse it with a 4xx."""
        if request.method == "GET":
            data: object = _from_query(self, request)
        else:
            _check_content_type(request.content_type or "")
            data = self.parse_json(await request.get_body())
        if not isinstance(data, dict):
            raise HTTPException(400, "The body must be one JSON object.")
        if not isinstance(data.get("query"), str) or not data["query"].strip():
            raise HTTPException(400, "`query` is missing or not a string.")
        for name, type_, kind in (
            ("operationName", str, "a string"),
            ("variables", dict, "an object"),
            ("extensions", dict, "an object"),
        ):
            if not isinstance(data.get(name), (type_, type(None))):
                raise HTTPException(400, f"`{name}` must be {kind} or null.")
        accepts_events = self._get_stream_transport_from_headers(request.headers) is not None
        return GraphQLRequestData(
            query=data["query"],
            variables=data.get("variables"),
            operation_name=data.get("operationName"),
            extensions=data.get("extensions"),
            protocol="sse" if accepts_events else "http",
        )

    async def process_result(
        self, request: Request, result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        """Leave `data` out where nothing was executed, as the specification wants it."""
        response = await super().process_result(request, result)
        if isinstance(result, PreExecutionError):
            response.pop("data", None)
        return response

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """Return a response that knows in which media type to answer."""
        response = await super().get_sub_response(request)
        response.media_type = _negotiate(request)
        return response

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """Answer with the status that the media type goes with."""
        executed = "data" in response_data
        status = 200 if executed or sub_response.media_type == _JSON else 400
        return Response(
            self.encode_json(response_data),
            status,
            headers={"content-type": f"{sub_response.media_type}; charset=utf-8"},
        )

    def encode_json(self, data: object) -> str:
        """Return `data` as JSON; a string, since a websocket's message must be text."""
        return orjson.dumps(data).decode()

    def decode_json(self, data: str | bytes) -> object:
        """Return what the JSON text `data` means; raises JSONDecodeError."""
        return orjson.loads(data)


def _from_query(view: GraphQLEndpoint, request: AsyncHTTPRequestAdapter) -> dict[str, Any]:
    data: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in data:
            data[name] = view.parse_json(data[name]) if data[name] else None
    return data


def _check_content_type(content_type: str) -> None:
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() != _JSON:
        raise HTTPException(415, "Send the request as application/json.")
    charset = parameters.lower().partition("charset=")[2].strip(' "')
    if charset not in {"", "utf-8", "utf8"}:
        raise HTTPException(415, "Send the request in UTF-8.")


def _negotiate(request: HTTPConnection) -> str:
    """Return the media type to answer in (RFC 9110 12.5.1, without weighing quality values)."""
    accepted = request.headers.get("accept", "*/*").lower()
    ranges = {part.partition(";")[0].strip() for part in accepted.split(",")} - {""}
    if _GRAPHQL_JSON in ranges:
        return _GRAPHQL_JSON
    if not ranges or ranges & {_JSON, "application/*", "*/*", _EVENTS, "text/html"}:
        return _JSON
    raise HTTPException(406, f"Accept {_JSON}, {_GRAPHQL_JSON} or {_EVENTS}.")


def _refuse(request: Request, refusal: HTTPException) -> Response:
    status, headers = refusal.status_code, {}
    wrong_method = isinstance(refusal.__cause__, InvalidOperationTypeError)
    if request.method == "GET" and wrong_method:
        status = 405
    if status == 405:
        headers["allow"] = "POST" if wrong_method else "GET, POST"
    error = {"message": refusal.reason, "extensions": {"code": ErrorCode.BAD_INPUT}}
    return Response(orjson.dumps({"errors": [error]}), status, headers, f"{_JSON}; charset=utf-8")
