"""`python -m dev.breaking_changes OLD NEW`: print what breaks clients between two SDL files.

Exits with 1 if anything does, and with 2 if a file is not a schema.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from graphql import GraphQLError, GraphQLSchema, build_schema, find_breaking_changes


def breaking_changes(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[str]:
    """Yield a sentence for each change from `old` to `new` that breaks clients."""
    for change in find_breaking_changes(old, new):
        yield f"{change.type.name}: {change.description}"


def main(arguments: Sequence[str]) -> int:
    """Print the breaking changes between two files, and return the exit status."""
    if len(arguments) != 2:  # noqa: PLR2004  # OLD and NEW
        print(__doc__, file=sys.stderr)  # noqa: T201  # a command
        return 2
    try:
        old, new = (build_schema(Path(path).read_text(encoding="utf-8")) for path in arguments)
    except (OSError, GraphQLError, TypeError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    changes = list(breaking_changes(old, new))
    for change in changes:
        print(change)  # noqa: T201
    return 1 if changes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
