"""Second factors: setting them up, and their recovery codes."""

from typing import Self

import strawberry

from services.identity.second_factor import SecondFactorSetUp


@strawberry.type(description="What an authenticator app needs. `confirmSecondFactor` turns it on.")
class SetUpSecondFactorPayload:
    secret: str = strawberry.field(description="The secret in Base32, for typing.")
    uri: str = strawberry.field(
        description="The same as an `otpauth:` address, to be shown as a QR code."
    )

    @classmethod
    def of(cls, set_up: SecondFactorSetUp) -> Self:
        return cls(secret=set_up.secret, uri=set_up.uri)


@strawberry.input(description="A code.")
class SecondFactorCodeInput:
    code: str = strawberry.field(description="The 6 digits that the app shows now.")


@strawberry.type(description="New recovery codes.")
class RecoveryCodesPayload:
    recovery_codes: list[str] = strawberry.field(
        description="Each can be used once in place of a code. They are shown only here; only "
        "hashes are stored. Earlier ones stop working."
    )
