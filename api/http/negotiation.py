"""Content negotiation (RFC 9110 12.5.1) between JSON and streams of events."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cross_web import HTTPException

JSON: Final = "application/json"
GRAPHQL_JSON: Final = "application/graphql-response+json"
EVENTS: Final = "text/event-stream"
_HTML: Final = "text/html"
_QUALITY: Final = re.compile(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.ASCII)
"""A weight (RFC 9110 12.4.2)."""
_MAX_RANGES: Final = 64
"""Media ranges that are read. Further ones are ignored."""
_MAX_REMEMBERED: Final = 200
"""Characters of a usual header. Longer ones aren't remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The forms of a response that a client accepts."""

    media_type: str | None
    """Of a single response; None if only a stream of events is acceptable."""
    allows_stream: bool
    """Whether a subscription gets a stream of events."""
    prefers_stream: bool
    """Whether queries and mutations get one, too."""


def negotiate(accept: str) -> Accepted:
    """Return what an Accept header allows. Raises 406 if it allows none of ours.

    Events must be named, and are preferred only if their quality is higher than that of JSON.
    """
    return _remembered(accept) if len(accept) <= _MAX_REMEMBERED else _negotiate(accept)


def media_type_of_errors(accept: str) -> str:
    """Return the media type of an error, which is sent whatever the client accepts."""
    try:
        return negotiate(accept).media_type or JSON
    except HTTPException:
        return JSON


def _negotiate(accept: str) -> Accepted:
    ranges = _qualities(accept) or {"*/*": 1.0}
    qualities = {media_type: _quality_of(media_type, ranges) for media_type in (JSON, GRAPHQL_JSON)}
    # If both are equally good, JSON, unless the newer type is named.
    best = max(qualities, key=lambda each: (qualities[each], each in {GRAPHQL_JSON} & set(ranges)))
    json, events = qualities[best], ranges.get(EVENTS, 0.0)
    if not json and not events and not ranges.get(_HTML):
        raise HTTPException(406, f"Accept {JSON}, {GRAPHQL_JSON} or {EVENTS}.")
    return Accepted(
        media_type=None if events and not json else best,
        allows_stream=events > 0,
        prefers_stream=events > json,
    )


_remembered: Final = lru_cache(256)(_negotiate)


def _qualities(accept: str) -> dict[str, float]:
    """Return the media ranges of an Accept header with their qualities, the highest of each."""
    ranges: dict[str, float] = {}
    for part in accept.lower().split(",", _MAX_RANGES)[:_MAX_RANGES]:
        media_range, *parameters = (each.strip() for each in part.split(";"))
        if media_range:
            ranges[media_range] = max(_quality_in(parameters), ranges.get(media_range, 0.0))
    return ranges


def _quality_in(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        if match := _QUALITY.fullmatch(parameter):
            return float(match[1])
    return 1.0


def _quality_of(media_type: str, ranges: Mapping[str, float]) -> float:
    """Return the quality of the most specific range that includes `media_type`."""
    for media_range in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        if media_range in ranges:
            return ranges[media_range]
    return 0.0
