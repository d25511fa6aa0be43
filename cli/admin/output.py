"""How the commands of `invotify admin` print: lines for people, or JSON."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import typer

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, an object per line.")]


async def print_rows(rows: AsyncIterator[Mapping[str, Any]], *, as_json: bool) -> None:
    """Print each row as it comes. People read its values between tabs, after a line of names."""
    is_first = True
    async for row in rows:
        if as_json:
            print_result(row, as_json=True)
            continue
        if is_first:
            typer.echo("\t".join(row))
            is_first = False
        typer.echo("\t".join(_text(value) for value in row.values()))


def print_result(result: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one object."""
    values = {_camel(name): _value(value) for name, value in result.items()}
    if as_json:
        typer.echo(json.dumps(values))
    else:
        typer.echo("\n".join(f"{name}: {_text(value)}" for name, value in values.items()))


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


def _value(value: object) -> object:
    match value:
        case UUID():
            return str(value)
        case datetime():
            return value.isoformat()
        case _:
            return value


def _text(value: object) -> str:
    # A name with a line break must not look like another row.
    return "" if value is None else " ".join(str(_value(value)).split())
