"""Stripe's form encoding: `a[b][0][c]=v` in a body or a query."""

import re
from typing import Any, Final
from urllib.parse import parse_qsl

from dev.stripe_sandbox.errors import InvalidParameter

_NAME: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_KEY: Final = re.compile(r"\[([^\[\]]*)\]")
_MAX_DEPTH: Final = 10


def parse(encoded: str) -> dict[str, Any]:
    """Return the parameters. Lists are still dictionaries with the keys "0", "1" and so on."""
    params: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        _put(params, _keys(name), value, name)
    return params


def _keys(name: str) -> list[str]:
    match = _NAME.fullmatch(name)
    keys = [match[1], *_KEY.findall(match[2])] if match else []
    if not 0 < len(keys) <= _MAX_DEPTH:
        raise InvalidParameter(f"Invalid parameter name: {name[:100]}", param=name[:100])
    return keys


def _put(target: dict[str, Any], keys: list[str], value: str, name: str) -> None:
    for key in keys[:-1]:
        target = target.setdefault(key or str(len(target)), {})
        if not isinstance(target, dict):
            raise InvalidParameter(f"Invalid object: {name}", param=name)
    last = keys[-1] or str(len(target))
    if isinstance(target.get(last), dict):
        raise InvalidParameter(f"Invalid object: {name}", param=name)
    target[last] = value
