"""Pagination of lists (https://docs.stripe.com/api/pagination)."""

from typing import Any, Final

from dev.stripe_sandbox.errors import InvalidParameter, ResourceMissing
from dev.stripe_sandbox.params import (
    Converter,
    ParamValue,
    array,
    integer,
    integer_at_least,
    mapping,
    text,
)
from dev.stripe_sandbox.store import Object

_DEFAULT_LIMIT: Final = 10
_MAX_LIMIT: Final = 100


def _limit(value: ParamValue, path: str) -> int:
    limit = int(integer_at_least(1)(value, path))
    if limit > _MAX_LIMIT:
        message = (
            f"This value must be less than or equal to {_MAX_LIMIT} (it currently is '{limit}')."
        )
        raise InvalidParameter(message, code="parameter_invalid_integer", param=path)
    return limit


def _created(value: ParamValue, path: str) -> dict[str, int]:
    if isinstance(value, str):
        moment = integer(value, path)
        return {"gte": moment, "lte": moment}
    bounds = dict.fromkeys(("gt", "gte", "lt", "lte"), integer)
    return dict(mapping(bounds)(value, path))


PAGE_FIELDS: Final[dict[str, Converter]] = {
    "created": _created,
    "ending_before": text,
    "limit": _limit,
    "starting_after": text,
}
TYPES: Final[Converter] = array(text)


def paginate(objects: list[Object], params: dict[str, Any], url: str, kind: str) -> Object:
    """Return the page of `objects`, newest first, that the parameters select."""
    objects = [item for item in objects if _is_within(item["created"], params.get("created", {}))]
    limit = params.get("limit", _DEFAULT_LIMIT)
    if "ending_before" in params:
        before = objects[: _index(objects, params["ending_before"], kind, "ending_before")]
        data, has_more = before[-limit:], len(before) > limit
    else:
        after = objects
        if "starting_after" in params:
            after = objects[_index(objects, params["starting_after"], kind, "starting_after") + 1 :]
        data, has_more = after[:limit], len(after) > limit
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def _index(objects: list[Object], id_: str, kind: str, param: str) -> int:
    for index, item in enumerate(objects):
        if item["id"] == id_:
            return index
    raise ResourceMissing(kind, id_, param)


def _is_within(moment: int, bounds: dict[str, int]) -> bool:
    return (
        bounds.get("gte", moment) <= moment <= bounds.get("lte", moment)
        and ("gt" not in bounds or moment > bounds["gt"])
        and ("lt" not in bounds or moment < bounds["lt"])
    )
