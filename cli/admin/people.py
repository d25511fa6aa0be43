"""`invotify admin users` and `invotify admin keys`."""

from typing import Annotated

import typer

from cli.admin.output import AsJson, print_result, print_rows

users = typer.Typer(no_args_is_help=True)
keys = typer.Typer(no_args_is_help=True)
OfCompany = Annotated[
    str | None, typer.Option("--company", help="The id of a company; without it, of all.")
]
UserName = Annotated[str, typer.Argument(help="An id, or an e-mail address at all companies.")]


@users.command("list")
def list_users(company: OfCompany = None, as_json: AsJson = False) -> None:
    """List users."""
    from cli.running import open_database, read_settings, run
    from services.administration import people

    async def show() -> None:
        async with open_database(read_settings()):
            await print_rows(people.list_users(company), as_json=as_json)

    run(show())


@users.command("reset-password")
def reset_password(user: UserName, as_json: AsJson = False) -> None:
    """Print a link with which a user can set a new password within an hour.

    Give it to nobody else. The second factor stays: see `invotify reset-second-factor`.
    """
    from cli.running import open_database, read_settings, run
    from core.urls import Urls
    from services.administration import people

    settings = read_settings()

    async def reset() -> None:
        async with open_database(settings):
            for found in await people.find_users(user):
                link = await people.reset_password(found, Urls(settings.public_url))
                result = {"id": found.id, "company_id": found.company_id, "link": link}
                print_result(result, as_json=as_json)

    run(reset())


@users.command("end-sessions")
def end_sessions(user: UserName, as_json: AsJson = False) -> None:
    """Sign a user out everywhere."""
    from cli.running import open_database, read_settings, run
    from services.administration import people

    async def end() -> None:
        async with open_database(read_settings()):
            for found in await people.find_users(user):
                await people.end_sessions(found)
                result = {"id": found.id, "company_id": found.company_id, "email": found.email}
                print_result(result, as_json=as_json)

    run(end())


@keys.command("list")
def list_keys(company: OfCompany = None, as_json: AsJson = False) -> None:
    """List API keys, also those that have ended."""
    from cli.running import open_database, read_settings, run
    from services.administration import people

    async def show() -> None:
        async with open_database(read_settings()):
            await print_rows(people.list_keys(company), as_json=as_json)

    run(show())


@keys.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id.")], as_json: AsJson = False
) -> None:
    """Revoke an API key, and those that it made."""
    from cli.running import open_database, read_settings, run
    from services.administration import people

    async def end() -> None:
        async with open_database(read_settings()):
            row = await people.revoke_key(key)
        result = {"id": row.id, "name": row.name, "revoked_at": row.revoked_at}
        print_result(result, as_json=as_json)

    run(end())
