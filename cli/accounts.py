"""`invotify bootstrap` and `invotify reset-second-factor`."""

import json
import sys

import typer

from auth.password_rules import check_password
from auth.secrets import Passwords
from cli.running import open_database, read_settings, run
from models import Plan
from services.company.companies import CreatedCompany, create_company
from services.identity import second_factor
from services.identity.passwords import hash_of


def bootstrap_company(  # noqa: PLR0917  # the options of the command
    company: str,
    email: str,
    password: str | None,
    plan: str,
    currency: str,
    time_zone: str,
    stripe_account: str | None,
    *,
    as_json: bool,
) -> None:
    """Create the company and print its id and key. Asks for a password that is None."""
    if plan.upper() not in Plan.__members__:
        typer.echo("--plan must be free or pro.", err=True)
        raise typer.Exit(2)
    chosen = _read_password() if password is None else password

    async def found() -> CreatedCompany:
        check_password(chosen, (company, email))
        async with open_database(read_settings()):
            password_hash = await Passwords().hash(chosen, like=await hash_of(email))
            return await create_company(
                company,
                email,
                password_hash,
                plan=Plan(plan.upper()),
                currency=currency,
                time_zone=time_zone,
                stripe_account=stripe_account,
            )

    founded = run(found())
    result = {"companyId": str(founded.company_id), "apiKey": founded.api_key}
    if as_json:
        typer.echo(json.dumps(result))
    else:
        typer.echo("\n".join(f"{name}: {value}" for name, value in result.items()))


def _read_password() -> str:
    """Ask for a password twice, or read it from a line of the standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def turn_off_second_factor(email: str) -> None:
    """Turn off the second factor of a person, and print at how many companies."""

    async def reset() -> int:
        async with open_database(read_settings()):
            return await second_factor.reset_all(email)

    count = run(reset())
    if not count:
        typer.echo("Nobody with this address has a second factor.", err=True)
        raise typer.Exit(1)
    typer.echo(f"Turned off at {count} {'company' if count == 1 else 'companies'}.")
