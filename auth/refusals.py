"""Refusals that a person can do something about, each with a `reason` for programs."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from errors import BadInput, Forbidden, Text, Unauthenticated


class SignInReason(StrEnum):
    """What is missing."""

    CODE_REQUIRED = "CODE_REQUIRED"
    """A code of the second factor."""
    CODE_WRONG = "CODE_WRONG"
    """A code that is right and wasn't used before."""
    COMPANY_REQUIRED = "COMPANY_REQUIRED"
    """One of the companies at which the address and the password are right."""
    PASSWORD_REQUIRED = "PASSWORD_REQUIRED"  # noqa: S105  # it is none
    """The password, which the session gave too long ago."""
    SECOND_FACTOR_REQUIRED = "SECOND_FACTOR_REQUIRED"
    """A second factor, which the company requires."""


class CodeRequired(Unauthenticated):
    """The password is right, and the user has a second factor."""

    reason = SignInReason.CODE_REQUIRED
    default_message = Text("Enter the code that your authenticator app shows, or a recovery code.")


class CodeWrong(Unauthenticated):
    """The password is right, but the code is wrong or was used before."""

    reason = SignInReason.CODE_WRONG
    default_message = Text(
        "This code is wrong or was used before. Enter the one that your app shows now, or a"
        " recovery code."
    )


class CompanyRequired(BadInput):
    """The address and the password are right at several companies."""

    reason = SignInReason.COMPANY_REQUIRED

    def __init__(self, companies: Sequence[tuple[str, str]]) -> None:
        """`companies` are ids and names of those at which the password is right."""
        super().__init__(Text("Choose a company."), field="companyId")
        self.companies = companies

    @property
    def extensions(self) -> dict[str, Any]:
        """The GraphQL error's `extensions`, with the `companies` to choose from."""
        companies = [{"id": id_, "name": name} for id_, name in self.companies]
        return super().extensions | {"companies": companies}


class PasswordRequired(Forbidden):
    """The session must give its password again before it may do this."""

    reason = SignInReason.PASSWORD_REQUIRED
    default_message = Text("Confirm your password to do this.")


class SecondFactorRequired(Forbidden):
    """The company requires a second factor, and the user has none yet."""

    reason = SignInReason.SECOND_FACTOR_REQUIRED
    default_message = Text("Your company requires two-step sign-in. Set it up first.")
