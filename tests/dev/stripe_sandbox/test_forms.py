"""Stripe's form encoding."""

from typing import Any, Final

import pytest

from dev.stripe_sandbox import forms
from dev.stripe_sandbox.errors import InvalidParameter
from dev.stripe_sandbox.params import (
    Fields,
    Required,
    array,
    boolean,
    integer,
    mapping,
    metadata,
    parse_params,
    text,
)


@pytest.mark.parametrize(
    ("encoded", "parsed"),
    [
        ("", {}),
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a[b][0][c]=x", {"a": {"b": {"0": {"c": "x"}}}}),
        ("a[]=x&a[]=y", {"a": {"0": "x", "1": "y"}}),
        ("a%5Bb%5D=caf%C3%A9+%26", {"a": {"b": "café &"}}),
        ("a=1&a=2", {"a": "2"}),
    ],
)
def test_brackets_nest(encoded: str, parsed: dict[str, Any]) -> None:
    assert forms.parse(encoded) == parsed


@pytest.mark.parametrize(
    "encoded", ["a=1&a[b]=2", "a[b]=2&a=1", "a[b=1", "[a]=1", "a" + "[b]" * 20 + "=1", "=1"]
)
def test_malformed_names_are_rejected(encoded: str) -> None:
    with pytest.raises(InvalidParameter):
        forms.parse(encoded)


FIELDS: Final[Fields] = {
    "n": Required(integer),
    "on": boolean,
    "items": array(mapping({"name": text})),
    "metadata": metadata,
}


def test_parameters_are_converted_to_their_types() -> None:
    given = forms.parse("n=-5&on=true&items[1][name]=b&items[0][name]=a&metadata[0]=x&metadata[k]=")
    assert parse_params(FIELDS, given) == {
        "n": -5,
        "on": True,
        "items": [{"name": "a"}, {"name": "b"}],
        "metadata": {"0": "x"},
    }


@pytest.mark.parametrize(
    ("encoded", "param"),
    [
        ("n=1.5", "n"),
        ("n=", "n"),
        ("n[a]=1", "n"),
        ("n=1&on=yes", "on"),
        ("n=1&items=a", "items"),
        ("n=1&items[a]=b", "items"),
        ("n=1&items[0]=b", "items[0]"),
        ("n=1&items[0][name][x]=b", "items[0][name]"),
        ("n=1&metadata=x", "metadata"),
        ("n=1&metadata[a][b]=x", "metadata[a]"),
        (f"n=1&metadata[{'k' * 41}]=x", "metadata"),
        ("n=1&" + "&".join(f"metadata[{i}]=x" for i in range(51)), "metadata"),
        ("n=1&items[0][colour]=x", "items[0][colour]"),
        ("on=true", "n"),
    ],
)
def test_errors_name_the_wrong_parameter(encoded: str, param: str) -> None:
    with pytest.raises(InvalidParameter) as error:
        parse_params(FIELDS, forms.parse(encoded))
    assert error.value.param == param
