"""Stripe's form encoding: `a[b][0][c]=v` in a body or a query."""

import re
from typing import Any, Final
from urllib.parse import parse_qsl

from dev.stripe_sandbox.errors import InvalidParameter

_NAME: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_KEY: Final = re.compile(r"\[([^\[\]]*)\]")
_DEPTH: Final = 10
"""Nesting that nobody needs is refused."""


def parse(encoded: str) -> dict[str, Any]:
    """Return the parameters; items of lists stand under "0", "1" … until they are checked."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        _put(found, _keys(name), value, name)
    return found


def _keys(name: str) -> list[str]:
    match = _NAME.fullmatch(name)
    keys = [match[1], *_KEY.findall(match[2])] if match else []
    if not 0 < len(keys) <= _DEPTH:
        message = f"Invalid parameter name: {name[:100]}"
        raise InvalidParameter(message, param=name[:100])
    return keys


def _put(into: dict[str, Any], keys: list[str], value: str, name: str) -> None:
    for key in keys[:-1]:
        into = into.setdefault(key or str(len(into)), {})
        if not isinstance(into, dict):
            message = f"Invalid object: {name}"
            raise InvalidParameter(message, param=name)
    last = keys[-1] or str(len(into))
    if isinstance(into.get(last), dict):
        message = f"Invalid object: {name}"
        raise InvalidParameter(message, param=name)
    into[last] = value
