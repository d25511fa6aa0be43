"""Pages of lists (https://docs.stripe.com/api/pagination)."""

from typing import Any, Final

from dev.stripe_sandbox.errors import InvalidParameter, ResourceMissing
from dev.stripe_sandbox.params import Check, Given, array, integer, integer_from, mapping, text
from dev.stripe_sandbox.store import Object

_DEFAULT: Final = 10
_MOST: Final = 100


def _limit(value: Given, path: str) -> int:
    found = int(integer_from(1)(value, path))
    if found > _MOST:
        message = f"This value must be less than or equal to {_MOST} (it currently is '{found}')."
        raise InvalidParameter(message, code="parameter_invalid_integer", param=path)
    return found


def _created(value: Given, path: str) -> dict[str, int]:
    if isinstance(value, str):
        moment = integer(value, path)
        return {"gte": moment, "lte": moment}
    bounds = dict.fromkeys(("gt", "gte", "lt", "lte"), integer)
    return dict(mapping(bounds)(value, path))


FIELDS: Final[dict[str, Check]] = {
    "created": _created,
    "ending_before": text,
    "limit": _limit,
    "starting_after": text,
}
TYPES: Final[Check] = array(text)


def page_of(found: list[Object], params: dict[str, Any], url: str, kind: str) -> Object:
    """Return a page of objects, which come the newest first."""
    found = [item for item in found if _is_within(item["created"], params.get("created", {}))]
    limit = params.get("limit", _DEFAULT)
    if "ending_before" in params:
        before = found[: _index(found, params["ending_before"], kind, "ending_before")]
        shown, has_more = before[-limit:], len(before) > limit
    else:
        rest = found
        if "starting_after" in params:
            rest = found[_index(found, params["starting_after"], kind, "starting_after") + 1 :]
        shown, has_more = rest[:limit], len(rest) > limit
    return {"object": "list", "data": shown, "has_more": has_more, "url": url}


def _index(found: list[Object], id_: str, kind: str, param: str) -> int:
    for index, item in enumerate(found):
        if item["id"] == id_:
            return index
    raise ResourceMissing(kind, id_, param)


def _is_within(moment: int, bounds: dict[str, int]) -> bool:
    return (
        bounds.get("gte", moment) <= moment <= bounds.get("lte", moment)
        and ("gt" not in bounds or moment > bounds["gt"])
        and ("lt" not in bounds or moment < bounds["lt"])
    )
