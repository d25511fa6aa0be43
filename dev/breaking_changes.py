"""`python -m dev.breaking_changes OLD NEW [ACCEPTED]`: print what breaks clients between schemas.

OLD and NEW are SDL files. ACCEPTED lists changes that are made on purpose, as they are printed, one
on a line; lines that start with # say why. Exits with 1 if there is any other change, or if an
accepted one isn't made, and with 2 if a file can't be read.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from graphql import GraphQLError, GraphQLSchema, build_schema, find_breaking_changes


def breaking_changes(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[str]:
    """Yield a sentence for each change from `old` to `new` that breaks clients."""
    for change in find_breaking_changes(old, new):
        yield f"{change.type.name}: {change.description}"


def read_accepted(path: Path) -> frozenset[str]:
    """Return the changes that a file accepts."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def main(arguments: Sequence[str]) -> int:
    """Print the breaking changes between two files, and return the exit status."""
    if len(arguments) not in (2, 3):
        print(__doc__, file=sys.stderr)  # noqa: T201  # a command
        return 2
    try:
        old, new = (build_schema(Path(path).read_text(encoding="utf-8")) for path in arguments[:2])
        accepted = read_accepted(Path(arguments[2])) if arguments[2:] else frozenset[str]()
    except (OSError, GraphQLError, TypeError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    changes = sorted(accepted.symmetric_difference(breaking_changes(old, new)))
    for change in changes:
        print(change)  # noqa: T201
    return 1 if changes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
