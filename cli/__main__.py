"""`python -m cli`, like `invotify`."""

from cli import cli

cli()
