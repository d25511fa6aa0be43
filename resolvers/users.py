"""Users: inviting, changing and removing them, and their passwords."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from core.urls import Urls
from schema.permissions import Requires
from schema.sign_in import SignInPayload
from schema.users import (
    ChangePasswordInput,
    ChoosePasswordInput,
    CreateUserInput,
    InvitationPayload,
    UpdateUserInput,
    User,
    UserPayload,
    UserRef,
)
from services.identity import users
from services.identity.invitations import InvitedUser

UserArgument = Annotated[UserRef, strawberry.argument(description="The user.")]


def _payload(invited: InvitedUser, urls: Urls) -> InvitationPayload:
    return InvitationPayload(
        user=User.of(invited.user),
        url=urls.invitation(invited.secret),
        expires_at=invited.expires_at,
    )


@strawberry.type
class UserMutations:
    @strawberry.mutation(
        description="Creates a user and an invitation link, through which they choose a password.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def create_user(
        self,
        info: Info,
        input: Annotated[CreateUserInput, strawberry.argument(description="The user.")],
    ) -> InvitationPayload:
        invited = await users.create_user(
            info.context.staff, input.email, input.name, input.permissions
        )
        return _payload(invited, info.context.urls)

    @strawberry.mutation(
        description="Creates a new invitation link for a user, for example after a forgotten "
        "password. Earlier links stop working.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def invite_user(self, info: Info, input: UserArgument) -> InvitationPayload:
        invited = await users.invite_user(info.context.staff, input.user_id)
        return _payload(invited, info.context.urls)

    @strawberry.mutation(
        description="Updates a user's name or permissions, effective at once, also for the user's "
        "API keys. New permissions end the invitations for and by the user. Fails with CONFLICT if "
        "no user would keep MANAGE_COMPANY.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def update_user(
        self,
        info: Info,
        input: Annotated[
            UpdateUserInput, strawberry.argument(description="The user and the new values.")
        ],
    ) -> UserPayload:
        user = await users.update_user(
            info.context.staff, input.user_id, name=input.name, permissions=input.permissions
        )
        return UserPayload(user=User.of(user))

    @strawberry.mutation(
        description="Removes a user permanently. Their sessions end at once, and so do their API "
        "keys, which `User.keys` lists, and the invitations that they created. Fails with CONFLICT "
        "if no user would keep MANAGE_COMPANY.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def remove_user(self, info: Info, input: UserArgument) -> bool:
        await users.remove_user(info.context.staff, input.user_id)
        return True

    @strawberry.mutation(
        description="Sets a password through an invitation and signs in. Earlier sessions end. "
        "Rate limited per IP."
    )
    async def choose_password(
        self,
        info: Info,
        input: Annotated[ChoosePasswordInput, strawberry.argument(description="The values.")],
    ) -> SignInPayload:
        context = info.context
        issued, staff = await context.services.passwords.choose(
            input.secret, input.password, context.client_info, input.code
        )
        return SignInPayload.of(issued, staff)

    @strawberry.mutation(
        description="Changes the caller's password. Their other sessions end. Rate limited per IP.",
        extensions=[Requires()],
    )
    async def change_password(
        self,
        info: Info,
        input: Annotated[
            ChangePasswordInput,
            strawberry.argument(description="The current and the new password."),
        ],
    ) -> bool:
        context = info.context
        await context.services.passwords.change(
            context.staff, input.current, input.password, context.client_info
        )
        return True
