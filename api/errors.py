"""Error codes: every error gets one, and internal errors are masked and logged."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import MaskErrors
from strawberry.schema.exceptions import (
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
)
from structlog import get_logger

from context import Context
from core.telemetry.request_notes import request_id
from db.availability import as_unavailable, log_unavailable
from errors import INTERNAL_MESSAGE, BadInput, ErrorCode, PortalError, QueryTooComplex
from i18n.error_messages import in_language, worded
from i18n.translations import negotiate_language

_REFUSALS: Final = (CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError)
"""Raised by Strawberry for requests with nothing to execute."""
_TOO_LONG: Final = re.compile(r"Syntax Error: Document (?:contains more than|is nested too deeply)")
"""graphql-core has no error class for documents with too many tokens or levels."""

log = get_logger(__name__)


class CodedErrors(MaskErrors):
    """Gives each error of a result its `extensions.code`."""

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        """Return the error as clients may see it."""
        return code_error(error, self._accept_language)

    @property
    def _accept_language(self) -> str:
        context: Context = self.execution_context.context
        return context.accept_language

    def _process_result(self, result: object) -> None:
        """Code the errors of `result`, without Strawberry's slow isinstance check of a Protocol."""
        errors = getattr(result, "errors", None)
        if errors:
            result.errors = code_errors(errors, self._accept_language)  # type: ignore[attr-defined]


def code_errors(errors: Sequence[GraphQLError], accept_language: str) -> list[GraphQLError]:
    """Return the errors of a result with their codes, as clients may see them.

    Their messages are in the language that the client asks for.
    """
    _log_unavailable(errors)
    return [code_error(error, accept_language) for error in errors]


def code_error(error: GraphQLError, accept_language: str) -> GraphQLError:
    """Return `error` with its code. Errors that are neither ours nor the client's are masked."""
    cause = _cause(error)
    cause = as_unavailable(cause) or cause
    if isinstance(cause, PortalError):
        _forget_frames(error)
        return _with_extensions(error, *worded(cause, accept_language))
    if cause is None or isinstance(cause, _REFUSALS):
        # From the GraphQL engine: syntax, validation, or values of the wrong type.
        return _with_extensions(error, error.message, _engine_refusal(error).extensions)
    log.error("graphql.fault", path=error.path, exc_info=cause)
    return _with_extensions(
        error,
        in_language(INTERNAL_MESSAGE, negotiate_language(accept_language)),
        {"code": ErrorCode.INTERNAL.value, "requestId": request_id()},
    )


def _cause(error: GraphQLError) -> Exception | None:
    """Return the exception behind `error`, unless it comes from the engine itself."""
    cause: Exception | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _forget_frames(error: GraphQLError) -> None:
    """Drop the tracebacks of a refusal, which nobody needs.

    Their frames refer to the executor, which refers to its errors: only the garbage collector could
    free them.
    """
    cause: Exception | None = error
    while cause is not None:
        cause.__traceback__ = None
        cause = cause.original_error if isinstance(cause, GraphQLError) else None


def _log_unavailable(errors: Iterable[GraphQLError]) -> None:
    """Log why the portal is unavailable, once for all fields of a result."""
    for error in errors:
        if unavailable := as_unavailable(_cause(error)):
            log_unavailable(unavailable, path=error.path)
            return


def _engine_refusal(error: GraphQLError) -> PortalError:
    too_long = isinstance(error, GraphQLSyntaxError) and _TOO_LONG.match(error.message)
    return QueryTooComplex() if too_long else BadInput()


def _with_extensions(
    error: GraphQLError, message: str, extensions: Mapping[str, Any]
) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=dict(extensions),
    )
