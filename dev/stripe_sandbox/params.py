"""The parameters of endpoints: everything else is rejected as Stripe does.

A converter gets a value and the parameter's name and returns the value in the endpoint's type.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from dev.stripe_sandbox.currencies import SUPPORTED
from dev.stripe_sandbox.errors import InvalidParameter

ParamValue: TypeAlias = str | dict[str, Any]
"""A parameter in a parsed form."""
Converter: TypeAlias = Callable[[ParamValue, str], Any]

_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_EMAIL: Final = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
_URL: Final = re.compile(r"https?://[^\s\"'<>\\^`|]+")
_MAX_METADATA_KEYS: Final = 50
_MAX_METADATA_KEY_LENGTH: Final = 40
_MAX_METADATA_VALUE_LENGTH: Final = 500


@dataclass(frozen=True, slots=True)
class Required:
    """A parameter that the endpoint requires."""

    converter: Converter


Fields: TypeAlias = Mapping[str, Converter | Required]


def parse_params(fields: Fields, raw_params: Mapping[str, Any], parent: str = "") -> dict[str, Any]:
    """Return the converted parameters. Raises InvalidParameter, which names the wrong one."""
    for name in raw_params:
        if name not in fields:
            path = _path(parent, name)
            message = f"Received unknown parameter: {path}"
            raise InvalidParameter(message, code="parameter_unknown", param=path)
    params = {}
    for name, field in fields.items():
        path = _path(parent, name)
        if name in raw_params:
            convert = field.converter if isinstance(field, Required) else field
            params[name] = convert(raw_params[name], path)
        elif isinstance(field, Required):
            message = f"Missing required param: {path}."
            raise InvalidParameter(message, code="parameter_missing", param=path)
    return params


def _path(parent: str, name: str) -> str:
    return f"{parent}[{name}]" if parent else name


def text(value: ParamValue, path: str, max_length: int = 5000) -> str:
    """Accept a string that is not empty."""
    if not isinstance(value, str):
        raise InvalidParameter(f"Invalid string: {path}", param=path)
    if not value:
        message = (
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to "
            f"unset a parameter; however '{path}' cannot be unset. You should remove '{path}' "
            "from your request or supply a non-empty value."
        )
        raise InvalidParameter(message, code="parameter_invalid_empty", param=path)
    if len(value) > max_length:
        message = f"Invalid string: {value[:20]}...; must be at most {max_length} characters"
        raise InvalidParameter(message, param=path)
    return value


def text_up_to(max_length: int) -> Converter:
    """Accept a string of at most `max_length` characters."""
    return lambda value, path: text(value, path, max_length)


def integer(value: ParamValue, path: str) -> int:
    """Accept an integer."""
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        message = f"Invalid integer: {value}"
        raise InvalidParameter(message, code="parameter_invalid_integer", param=path)
    return int(value)


def integer_at_least(minimum: int) -> Converter:
    """Accept an integer that is not less than `minimum`."""

    def convert(value: ParamValue, path: str) -> int:
        number = integer(value, path)
        if number < minimum:
            message = f"This value must be greater than or equal to {minimum}."
            raise InvalidParameter(message, code="parameter_invalid_integer", param=path)
        return number

    return convert


def boolean(value: ParamValue, path: str) -> bool:
    """Accept true or false."""
    if value not in ("true", "false"):
        raise InvalidParameter(f"Invalid boolean: {value}", param=path)
    return bool(value == "true")


def one_of(*choices: str) -> Converter:
    """Accept one of `choices`."""

    def convert(value: ParamValue, path: str) -> str:
        if value not in choices:
            message = f"Invalid {path}: must be one of {', '.join(choices)}"
            raise InvalidParameter(message, param=path)
        return str(value)

    return convert


def currency(value: ParamValue, path: str) -> str:
    """Accept a currency code in upper or lower case and return it in lower case."""
    code = text(value, path).lower()
    if code not in SUPPORTED:
        known = ", ".join(sorted(SUPPORTED))
        message = f"Invalid currency: {code}. Stripe currently supports these currencies: {known}"
        raise InvalidParameter(message, param=path)
    return code


def email(value: ParamValue, path: str) -> str:
    """Accept an e-mail address."""
    address = text(value, path, 800)
    if not _EMAIL.fullmatch(address):
        message = f"Invalid email address: {address}"
        raise InvalidParameter(message, code="email_invalid", param=path)
    return address


def url(value: ParamValue, path: str) -> str:
    """Accept an absolute HTTP URL."""
    address = text(value, path)
    if not _URL.fullmatch(address) or not _has_host(address):
        raise InvalidParameter("Not a valid URL", code="url_invalid", param=path)
    return address


def _has_host(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def metadata(value: ParamValue, path: str) -> dict[str, str]:
    """Accept up to 50 strings and leave out the empty ones."""
    if value == "":
        return {}
    if not isinstance(value, dict):
        raise InvalidParameter("Invalid object", param=path)
    if len(value) > _MAX_METADATA_KEYS:
        message = f"Metadata can have up to {_MAX_METADATA_KEYS} keys, you passed {len(value)}."
        raise InvalidParameter(message, param=path)
    for key, item in value.items():
        if len(key) > _MAX_METADATA_KEY_LENGTH:
            message = f"Metadata keys must be at most {_MAX_METADATA_KEY_LENGTH} characters: {key}"
            raise InvalidParameter(message, param=path)
        if not isinstance(item, str) or len(item) > _MAX_METADATA_VALUE_LENGTH:
            message = (
                "Metadata values must be strings of at most "
                f"{_MAX_METADATA_VALUE_LENGTH} characters"
            )
            raise InvalidParameter(message, param=f"{path}[{key}]")
    return {key: item for key, item in value.items() if item}


def mapping(fields: Fields) -> Converter:
    """Accept a hash with these fields."""

    def convert(value: ParamValue, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise InvalidParameter("Invalid object", param=path)
        return parse_params(fields, value, path)

    return convert


def array(item: Converter) -> Converter:
    """Accept a list of at least one item."""

    def convert(value: ParamValue, path: str) -> list[Any]:
        if not isinstance(value, dict) or not all(key.isdecimal() for key in value):
            raise InvalidParameter("Invalid array", param=path)
        indices = sorted(value, key=int)
        return [item(value[index], f"{path}[{index}]") for index in indices]

    return convert
