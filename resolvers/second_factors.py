"""Second factors: setting them up, removing them, and recovery codes."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.permissions import Requires
from schema.second_factors import (
    RecoveryCodesPayload,
    SecondFactorCodeInput,
    SetUpSecondFactorPayload,
)
from schema.users import User, UserPayload, UserRef
from services.identity import second_factor


@strawberry.type
class SecondFactorMutations:
    @strawberry.mutation(
        description="Begins to set up a second factor for the caller: a code that an authenticator "
        "app shows (TOTP). It takes effect with `confirmSecondFactor`. Needs a recent password.",
        extensions=[Requires(before_set_up=True)],
    )
    async def set_up_second_factor(self, info: Info) -> SetUpSecondFactorPayload:
        return SetUpSecondFactorPayload.of(await second_factor.set_up(info.context.staff))

    @strawberry.mutation(
        description="Turns the caller's second factor on, with a first code. Their other sessions "
        "end. Needs a recent password.",
        extensions=[Requires(before_set_up=True)],
    )
    async def confirm_second_factor(
        self,
        info: Info,
        input: Annotated[SecondFactorCodeInput, strawberry.argument(description="The code.")],
    ) -> RecoveryCodesPayload:
        codes = await second_factor.confirm(info.context.staff, input.code)
        return RecoveryCodesPayload(recovery_codes=codes)

    @strawberry.mutation(
        description="Turns the caller's second factor off. Needs a recent password.",
        extensions=[Requires()],
    )
    async def remove_second_factor(self, info: Info) -> UserPayload:
        return UserPayload(user=User.of(await second_factor.remove(info.context.staff)))

    @strawberry.mutation(
        description="Replaces the caller's recovery codes. Needs a recent password.",
        extensions=[Requires()],
    )
    async def replace_recovery_codes(self, info: Info) -> RecoveryCodesPayload:
        codes = await second_factor.replace_recovery_codes(info.context.staff)
        return RecoveryCodesPayload(recovery_codes=codes)

    @strawberry.mutation(
        description="Turns a user's second factor off, for example after their phone was lost, and "
        "ends their sessions. The caller must have the user's permissions, and needs a recent "
        "password.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def reset_second_factor(
        self,
        info: Info,
        input: Annotated[UserRef, strawberry.argument(description="The user.")],
    ) -> UserPayload:
        user = await second_factor.reset(info.context.staff, input.user_id)
        return UserPayload(user=User.of(user))
