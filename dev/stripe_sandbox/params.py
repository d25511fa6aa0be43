"""What parameters an endpoint takes: everything else is refused in Stripe's words.

A check gets a value and its name, and returns the value as the endpoint wants it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from dev.stripe_sandbox.currencies import SUPPORTED
from dev.stripe_sandbox.errors import InvalidParameter

Given: TypeAlias = str | dict[str, Any]
"""What a form has under a name."""
Check: TypeAlias = Callable[[Given, str], Any]

_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_EMAIL: Final = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
_URL: Final = re.compile(r"https?://[^\s\"'<>\\^`|]+")
_MOST_METADATA: Final = 50
_LONGEST_KEY: Final = 40
_LONGEST_VALUE: Final = 500


@dataclass(frozen=True, slots=True)
class Required:
    """A parameter without which there is nothing to do."""

    check: Check


Fields: TypeAlias = Mapping[str, Check | Required]


def read(fields: Fields, given: Mapping[str, Any], inside: str = "") -> dict[str, Any]:
    """Return what is given, checked; InvalidParameter names what is unknown, missing or wrong."""
    for name in given:
        if name not in fields:
            path = _path(inside, name)
            message = f"Received unknown parameter: {path}"
            raise InvalidParameter(message, code="parameter_unknown", param=path)
    found = {}
    for name, field in fields.items():
        path = _path(inside, name)
        if name in given:
            check = field.check if isinstance(field, Required) else field
            found[name] = check(given[name], path)
        elif isinstance(field, Required):
            message = f"Missing required param: {path}."
            raise InvalidParameter(message, code="parameter_missing", param=path)
    return found


def _path(inside: str, name: str) -> str:
    return f"{inside}[{name}]" if inside else name


def text(value: Given, path: str, longest: int = 5000) -> str:
    """Take a string that is not empty."""
    if not isinstance(value, str):
        message = f"Invalid string: {path}"
        raise InvalidParameter(message, param=path)
    if not value:
        message = (
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to "
            f"unset a parameter; however '{path}' cannot be unset. You should remove '{path}' "
            "from your request or supply a non-empty value."
        )
        raise InvalidParameter(message, code="parameter_invalid_empty", param=path)
    if len(value) > longest:
        message = f"Invalid string: {value[:20]}...; must be at most {longest} characters"
        raise InvalidParameter(message, param=path)
    return value


def text_of(longest: int) -> Check:
    """Take a string of so many characters."""
    return lambda value, path: text(value, path, longest)


def integer(value: Given, path: str) -> int:
    """Take an integer."""
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        message = f"Invalid integer: {value}"
        raise InvalidParameter(message, code="parameter_invalid_integer", param=path)
    return int(value)


def integer_from(least: int) -> Check:
    """Take an integer that is not less."""

    def check(value: Given, path: str) -> int:
        found = integer(value, path)
        if found < least:
            message = f"This value must be greater than or equal to {least}."
            raise InvalidParameter(message, code="parameter_invalid_integer", param=path)
        return found

    return check


def boolean(value: Given, path: str) -> bool:
    """Take true or false."""
    if value not in ("true", "false"):
        message = f"Invalid boolean: {value}"
        raise InvalidParameter(message, param=path)
    return bool(value == "true")


def one_of(*choices: str) -> Check:
    """Take one of some words."""

    def check(value: Given, path: str) -> str:
        if value not in choices:
            message = f"Invalid {path}: must be one of {', '.join(choices)}"
            raise InvalidParameter(message, param=path)
        return str(value)

    return check


def currency(value: Given, path: str) -> str:
    """Take a currency in any case, and return its code in lower case."""
    code = text(value, path).lower()
    if code not in SUPPORTED:
        known = ", ".join(sorted(SUPPORTED))
        message = f"Invalid currency: {code}. Stripe currently supports these currencies: {known}"
        raise InvalidParameter(message, param=path)
    return code


def email(value: Given, path: str) -> str:
    """Take an e-mail address."""
    address = text(value, path, 800)
    if not _EMAIL.fullmatch(address):
        message = f"Invalid email address: {address}"
        raise InvalidParameter(message, code="email_invalid", param=path)
    return address


def url(value: Given, path: str) -> str:
    """Take an absolute URL of the web."""
    found = text(value, path)
    if not _URL.fullmatch(found) or not _has_host(found):
        message = "Not a valid URL"
        raise InvalidParameter(message, code="url_invalid", param=path)
    return found


def _has_host(found: str) -> bool:
    try:
        parts = urlsplit(found)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def metadata(value: Given, path: str) -> dict[str, str]:
    """Take up to fifty strings; an empty one takes a key away."""
    if value == "":
        return {}
    if not isinstance(value, dict):
        message = "Invalid object"
        raise InvalidParameter(message, param=path)
    if len(value) > _MOST_METADATA:
        message = f"Metadata can have up to {_MOST_METADATA} keys, you passed {len(value)}."
        raise InvalidParameter(message, param=path)
    for key, said in value.items():
        if len(key) > _LONGEST_KEY:
            message = f"Metadata keys must be at most {_LONGEST_KEY} characters: {key}"
            raise InvalidParameter(message, param=path)
        if not isinstance(said, str) or len(said) > _LONGEST_VALUE:
            message = f"Metadata values must be strings of at most {_LONGEST_VALUE} characters"
            raise InvalidParameter(message, param=f"{path}[{key}]")
    return {key: said for key, said in value.items() if said}


def mapping(fields: Fields) -> Check:
    """Take a hash of these fields."""

    def check(value: Given, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            message = "Invalid object"
            raise InvalidParameter(message, param=path)
        return read(fields, value, path)

    return check


def array(item: Check) -> Check:
    """Take a list of at least one item."""

    def check(value: Given, path: str) -> list[Any]:
        if not isinstance(value, dict) or not all(key.isdecimal() for key in value):
            message = "Invalid array"
            raise InvalidParameter(message, param=path)
        indices = sorted(value, key=int)
        return [item(value[index], f"{path}[{index}]") for index in indices]

    return check
