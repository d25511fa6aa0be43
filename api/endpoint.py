"""GraphQL over HTTP, server-sent events and websockets, as specified.

HTTP: https://graphql.github.io/graphql-over-http/draft/. Websockets: `graphql-transport-ws`.
Events: the distinct-connections mode of `graphql-sse`.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from datetime import timedelta
from types import MappingProxyType
from typing import Any, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData, GraphQLRequestProtocol
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult, SubscriptionExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UNSET, UnsetType
from uvicorn.protocols.utils import ClientDisconnected

from api.execution import OperationContext
from api.http.graphiql_page import graphiql_page
from api.http.negotiation import EVENTS, negotiate
from api.http.persisted_queries import PERSISTED_QUERIES, PersistedQueryNotFound
from api.http_requests import (
    BODY_TOO_LARGE,
    MAX_BODY,
    MethodNotAllowed,
    RequestAdapter,
    error_response,
    parse_json,
    read_parameters,
    refusal_response,
    single_response,
)
from api.live_shares import LiveShares
from api.operations import OPERATIONS, execute, response_of
from api.outlets import ConnectionOutlet
from api.query_cache import QUERIES
from api.schema import make_schema
from api.shared_results import encode_shared
from api.sse import (
    EVENT_SOURCE,
    Events,
    EventSourceEvents,
    EventStream,
    EventStreamResponse,
    StreamStart,
    event_frame,
    session_of,
)
from api.websockets import WebSocketHandler
from auth.client_info import ClientInfo, parse_client_info
from context import Context, services_of
from core.body_limits import limit_receive
from core.direct_writes import WRITE_NOW, WriteNow
from errors import (
    BodyEncoded,
    BodyTooLarge,
    RateLimited,
    Unauthenticated,
)
from i18n.error_messages import worded
from settings import Settings


class GraphQLEndpoint(GraphQL[Context, None]):
    """Serves the schema."""

    graphql_transport_ws_handler_class = WebSocketHandler
    request_adapter_class = RequestAdapter
    stream_transport_classes_by_protocol = MappingProxyType(
        {GRAPHQL_SSE_PROTOCOL: Events, EVENT_SOURCE: EventSourceEvents}
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            make_schema(),
            graphql_ide=None if settings.is_production else "graphiql",
            subscription_protocols=(
                GRAPHQL_TRANSPORT_WS_PROTOCOL,
                GRAPHQL_SSE_PROTOCOL,
                EVENT_SOURCE,
            ),
            connection_init_wait_timeout=timedelta(seconds=10),
            allowed_origins=settings.cors_origins,
        )
        self._proxies = settings.trusted_proxies
        self._live = LiveShares(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a websocket."""
        if scope["type"] != "http":
            await self._serve_websocket(WebSocket(scope, receive, send))
            return
        request = Request(scope, limit_receive(receive, scope, MAX_BODY, BODY_TOO_LARGE))
        try:
            if request.method not in OPERATIONS:
                raise MethodNotAllowed(*OPERATIONS)
            response = await self.run(request)
        except HTTPException as refusal:
            response = error_response(request, refusal)
        except (BodyTooLarge, BodyEncoded) as error:
            message, _ = worded(error, _languages_of(request))
            response = error_response(request, HTTPException(error.status, message))
        except ClientDisconnect:
            response = error_response(request, HTTPException(400, "The body ended early."))
        if isinstance(response, StreamingResponse):
            await self._stream(request, response, send)
        else:
            await response(scope, receive, send)

    async def render_graphql_ide(self, request: Request) -> Response:  # noqa: ARG002
        """Return GraphiQL."""
        return HTMLResponse(graphiql_page())

    async def _serve_websocket(self, websocket: WebSocket) -> None:
        # A client that leaves before it is accepted is no fault.
        with suppress(ClientDisconnected):
            try:
                held = self._live.per_ip.hold(self._client_of(websocket))
            except RateLimited as refusal:
                response = refusal_response(refusal, _languages_of(websocket))
                await websocket.send_denial_response(response)
                return
            with held:
                await self.run(websocket)

    async def _stream(self, request: Request, response: StreamingResponse, send: Send) -> None:
        try:
            held = self._live.per_ip.hold(self._client_of(request))
        except RateLimited as refusal:
            refused = refusal_response(refusal, _languages_of(request))
            await refused(request.scope, request.receive, send)
            return
        with held:
            await response(request.scope, request.receive, send)

    def _client_of(self, connection: HTTPConnection) -> str:
        return self._client_info(connection).rate_limit_key

    def _client_info(self, connection: HTTPConnection) -> ClientInfo:
        return parse_client_info(
            connection.client.host if connection.client else None,
            connection.scope.get("method", "GET"),
            connection.scope["headers"],
            self._proxies,
        )

    # --- what Strawberry's view asks for ---------------------------------------------------

    async def get_context(
        self,
        request: Request | WebSocket,
        response: Response | WebSocket,  # noqa: ARG002  # Strawberry's signature
    ) -> Context:
        """Return the context of a request or a websocket."""
        services = services_of(request)
        start = None if isinstance(request, WebSocket) else StreamStart()
        request.state.stream_start = start
        context = OperationContext(
            services=services,
            client_info=self._client_info(request),
            authorization=request.headers.get("authorization")
            or session_of(request, services.settings.public_url),
            over_websocket=isinstance(request, WebSocket),
            accept_language=request.headers.get("accept-language", ""),
            last_event_id=None if start is None else _last_event_id_of(request),
            outlet=None if start is None else _outlet_of(request, start),
            on_stream_start=None if start is None else start.begin,
        )
        request.state.context = context
        return context

    def should_render_graphql_ide(self, request: AsyncHTTPRequestAdapter) -> bool:  # type: ignore[override]
        """Whether a person opens the address, rather than a program that sends a digest."""
        has_digest = "extensions" in request.query_params
        return not has_digest and super().should_render_graphql_ide(request)

    async def _create_streaming_response(
        self,
        request: Request,
        result: SubscriptionExecutionResult,
        protocol: GraphQLRequestProtocol,
        sub_response: Response,  # noqa: ARG002  # Strawberry's signature
    ) -> Response:
        """Return a stream of results."""
        transport = self._get_stream_transport(protocol)
        assert isinstance(transport, Events)

        async def encode(value: object) -> str:
            response, _ = await self._process_stream_result(request, value, [])
            return transport.encode_next(
                response, self.encode_json_string, getattr(value, "cursor", None)
            )

        heartbeat = transport.heartbeat_message(self.encode_json_string)
        results = cast("AsyncGenerator[object, None]", result)
        start: StreamStart = request.state.stream_start
        return EventStreamResponse(
            EventStream(results, encode, transport, heartbeat, start), transport.headers
        )

    async def on_ws_connect(self, context: Context) -> UnsetType:
        """Accept websockets from staff only. Raises RateLimited if they have too many."""
        try:
            staff = await context.of_operation().authenticate()
        except Unauthenticated as refusal:
            raise ConnectionRejectionError from refusal
        assert isinstance(context, OperationContext)
        context.held = self._live.hold(staff)
        no_payload: UnsetType = UNSET
        return no_payload

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        """Return the GraphQL request in a body or query string. Raises a 4xx if malformed."""
        assert isinstance(request, RequestAdapter)
        data = await self._parameters_of(request)
        return GraphQLRequestData(
            query=data["query"],
            variables=data.get("variables"),
            operation_name=data.get("operationName"),
            extensions=data.get("extensions"),
            protocol=self._protocol_of(request, data),
        )

    async def _parameters_of(self, request: RequestAdapter) -> dict[str, Any]:
        try:
            return await read_parameters(request)
        except PersistedQueryNotFound as unknown:
            text = await services_of(request.starlette).shared_texts.find(unknown.digest)
            if text is None:
                raise
            PERSISTED_QUERIES.keep(unknown.digest, text, self._client_of(request.starlette))
            return await read_parameters(request)

    def _protocol_of(
        self, request: RequestAdapter, parameters: Mapping[str, Any]
    ) -> GraphQLRequestProtocol:
        starlette = request.starlette
        if session_of(starlette, services_of(starlette).settings.public_url):
            return EVENT_SOURCE
        accepted = negotiate(starlette.headers.get("accept", "*/*"))
        if accepted.allows_stream and not accepted.prefers_stream:
            is_stream = self._is_subscription(parameters)
        else:
            is_stream = accepted.prefers_stream
        return "sse" if is_stream else "http"

    def _is_subscription(self, parameters: Mapping[str, Any]) -> bool:
        try:
            query = QUERIES.read(make_schema()._schema, parameters["query"])
        except GraphQLError:
            return False
        operation = query.operation(parameters.get("operationName"))
        return operation is not None and operation.type is OperationType.SUBSCRIPTION

    async def execute_single(
        self,
        request: Request,  # noqa: ARG002  # Strawberry's signature
        request_adapter: AsyncHTTPRequestAdapter,
        sub_response: Response,  # noqa: ARG002
        context: Context,
        root_value: None,  # noqa: ARG002
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        """Execute an operation that this method allows. Subscriptions need a stream."""
        assert isinstance(context, OperationContext)
        return await execute(request_data, context, OPERATIONS[request_adapter.method])

    async def process_result(
        self,
        request: Request,
        result: ExecutionResult,
    ) -> GraphQLHTTPResponse:
        """Return the response as it is encoded."""
        context: OperationContext = request.state.context
        return response_of(result, context)

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """Return a response with the negotiated media type."""
        response = await super().get_sub_response(request)
        response.media_type = negotiate(request.headers.get("accept", "*/*")).media_type
        return response

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """Return the response to a query or mutation."""
        assert isinstance(response_data, dict)
        assert sub_response.media_type is not None
        return single_response(response_data, sub_response.media_type)

    def encode_json(self, data: object) -> str:
        """Return `data` as JSON text, since websocket messages must be text."""
        return orjson.dumps(data, encode_shared, orjson.OPT_PASSTHROUGH_SUBCLASS).decode()

    def parse_json(self, data: str | bytes) -> object:
        """Return the parsed JSON. Raises 400 if it is malformed."""
        return parse_json(data)

    def decode_json(self, data: str | bytes) -> object:
        """Return the parsed JSON. Raises JSONDecodeError."""
        return orjson.loads(data)


def _last_event_id_of(request: HTTPConnection) -> str | None:
    """Return the id from which a client resumes. event-source-polyfill sends it in the URL."""
    return request.headers.get("last-event-id") or request.query_params.get("lastEventId")


def _outlet_of(request: HTTPConnection, start: StreamStart) -> ConnectionOutlet | None:
    """Return the outlet of a stream of events. Each subscription on a websocket has its own."""
    write: WriteNow | None = request.scope.get("extensions", {}).get(WRITE_NOW)
    return None if write is None else ConnectionOutlet(start.guard(write), event_frame, EVENTS)


def _languages_of(connection: HTTPConnection) -> str:
    return connection.headers.get("accept-language", "")
