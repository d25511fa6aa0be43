"""The form of HTTP requests and responses.

See https://graphql.github.io/graphql-over-http/draft/.
"""

from typing import Any, Final

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException, StarletteRequestAdapter
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from strawberry.http import GraphQLHTTPResponse

from api.http.negotiation import GRAPHQL_JSON, JSON, media_type_of_errors
from api.http.persisted_queries import persisted_digest, text_of
from errors import ErrorCode, PortalError, QueryTooComplex, Text, Unavailable
from i18n.error_messages import worded

MAX_BODY: Final = 256 * 1024
"""The maximum size of a request's body, in bytes."""
BODY_TOO_LARGE: Final = Text("The body is larger than %(most)s KiB.", most=MAX_BODY // 1024)
_CONTENT_TYPES: Final = {
    media_type: (b"content-type", f"{media_type}; charset=utf-8".encode())
    for media_type in (JSON, GRAPHQL_JSON)
}
_OPTIONAL: Final = (
    ("operationName", str, "a string"),
    ("variables", dict, "an object"),
    ("extensions", dict, "an object"),
)
"""Parameters that may be null or missing, with their types."""
_MAX_BATCH: Final = 100
"""Operations of a list, each of which gets the error of the list."""
_MAX_RESPONSE: Final = 8 * 1024**2
"""Bytes of the response to a query or mutation."""


class RequestAdapter(StarletteRequestAdapter):
    """Strawberry's adapter of a request, with access to the request itself."""

    @property
    def starlette(self) -> Request:
        """The Starlette request."""
        return self._request


class MethodNotAllowed(HTTPException):
    """405 with the allowed methods (RFC 9110 15.5.6)."""

    def __init__(self, *allowed: str) -> None:
        super().__init__(405, f"Use {' or '.join(allowed)}.")
        self.allow = ", ".join(allowed)


class BatchRefused(HTTPException):
    """400 for several operations in one request.

    Clients that batch expect a list of as many results, and tell nobody the code in anything else.
    """

    code = ErrorCode.BATCHING_NOT_SUPPORTED

    def __init__(self, operations: int) -> None:
        super().__init__(400, "Send one operation per request, not a list.")
        self.results = operations if operations <= _MAX_BATCH else None


async def read_parameters(request: AsyncHTTPRequestAdapter) -> dict[str, Any]:
    """Return the parameters of a body or query string. Raises a 4xx if they are malformed."""
    if request.method == "GET":
        data: object = _from_query(request)
    else:
        check_content_type(request.content_type or "")
        data = parse_json(await request.get_body())
    return check_parameters(data)


def check_parameters(data: object) -> dict[str, Any]:
    """Return the parameters of a request. Raises 400 if they are malformed.

    Raises PersistedQueryRefused if there is an unknown digest in place of a `query`.
    """
    if isinstance(data, list):
        raise BatchRefused(len(data))
    if not isinstance(data, dict):
        raise HTTPException(400, "The body must be one JSON object.")
    for name, type_, kind in _OPTIONAL:
        if not isinstance(data.get(name), (type_, type(None))):
            raise HTTPException(400, f"`{name}` must be {kind} or null.")
    if digest := persisted_digest(data.get("extensions")):
        data["query"] = text_of(digest, data.get("query"))
    if not isinstance(data.get("query"), str) or not data["query"].strip():
        raise HTTPException(400, "`query` is missing or not a string.")
    return data


def parse_json(data: str | bytes, name: str = "The body") -> object:
    """Return the parsed JSON. Raises 400 if it is malformed, which calls it by its `name`."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as fault:
        raise HTTPException(400, f"{name} isn't valid JSON in UTF-8.") from fault


def single_response(data: GraphQLHTTPResponse, media_type: str) -> Response:
    """Return the response to a query or mutation.

    It has the status that its media type calls for, and 503 if there is nothing to return.
    """
    headers = [_CONTENT_TYPES[media_type]]
    status = 200 if "data" in data or media_type == JSON else 400
    if "errors" in data:
        if _is_unavailable(data):
            status = Unavailable.status
        if seconds := _retry_after_of(data):
            headers.append((b"retry-after", b"%d" % seconds))
    return ReadyResponse(_encode(data), status, headers)


class ReadyResponse(Response):
    """A response whose headers are encoded already."""

    def __init__(self, body: bytes, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Respond with `headers`, and the length of `body`."""
        self.body = body
        self.status_code = status
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]
        self.background = None


def _encode(data: GraphQLHTTPResponse) -> bytes:
    """Return `data` as JSON, or a refusal if that is too large."""
    encoded = orjson.dumps(data)
    if len(encoded) <= _MAX_RESPONSE:
        return encoded
    refusal = QueryTooComplex(f"The response is larger than {_MAX_RESPONSE // 1024**2} MiB.")
    error = GraphQLError(refusal.message, extensions=dict(refusal.extensions))
    return orjson.dumps({"data": None, "errors": [error.formatted]})


def error_response(request: Request, refusal: HTTPException) -> Response:
    """Return the response for an invalid request."""
    headers = {"allow": refusal.allow} if isinstance(refusal, MethodNotAllowed) else None
    code = getattr(refusal, "code", ErrorCode.BAD_INPUT)
    error = {"message": refusal.reason, "extensions": {"code": code}}
    result = {"errors": [error]}
    results = getattr(refusal, "results", None)
    media_type = media_type_of_errors(request.headers.get("accept", ""))
    return Response(
        orjson.dumps([result] * results if results else result),
        refusal.status_code,
        headers,
        f"{media_type}; charset=utf-8",
    )


def refusal_response(refusal: PortalError, accept_language: str) -> Response:
    """Return the response for a request that is refused before anything is executed."""
    message, extensions = worded(refusal, accept_language)
    error = {"message": message, "extensions": extensions}
    headers = {"retry-after": str(refusal.retry_after)} if refusal.retry_after else None
    return Response(orjson.dumps({"errors": [error]}), refusal.status, headers, JSON)


def _is_unavailable(response: GraphQLHTTPResponse) -> bool:
    """Whether there is no data, because the portal was unavailable."""
    if any(value is not None for value in (response.get("data") or {}).values()):
        return False
    return any(each.get("code") == "UNAVAILABLE" for each in _extensions_of(response))


def _retry_after_of(response: GraphQLHTTPResponse) -> int:
    """Return the seconds after which to repeat what was refused; 0 if that doesn't help."""
    return max((each.get("retryAfter", 0) for each in _extensions_of(response)), default=0)


def _extensions_of(response: GraphQLHTTPResponse) -> list[dict[str, Any]]:
    errors: list[Any] = list(response.get("errors") or ())
    return [error.get("extensions") or {} for error in errors]


def _from_query(request: AsyncHTTPRequestAdapter) -> dict[str, Any]:
    data: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in data:
            data[name] = parse_json(data[name], f"`{name}`") if data[name] else None
    return data


def check_content_type(content_type: str) -> None:
    """Raise 415 for a body that isn't JSON in UTF-8."""
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() != JSON:
        raise HTTPException(415, "Send the request as application/json.")
    charset = parameters.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    if charset not in {"", "utf-8", "utf8"}:
        raise HTTPException(415, "Send the request in UTF-8.")
