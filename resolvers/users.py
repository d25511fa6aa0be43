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
    UpdateAccountInput,
    UpdateUserInput,
    User,
    UserPayload,
    UserRef,
)
from services.identity import users
from services.identity.accounts import AccountChanges, update_account
from services.identity.invitations import InvitedUser

UserArgument = Annotated[UserRef, strawberry.argument(description="The user.")]


def _payload(invited: InvitedUser, urls: Urls) -> InvitationPayload:
    return InvitationPayload(
        user=User.of(invited.user),
        url=urls.invitation(invited.secret),
        expires_at=invited.expires_at,
        is_emailed=invited.is_emailed,
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
            info.context.staff,
            input.email,
            input.name,
            input.permissions,
            sends_email=bool(input.send_email),
        )
        return _payload(invited, info.context.urls)

    @strawberry.mutation(
        description="Creates a new invitation link for a user, for example after a forgotten "
        "password. Earlier links stop working.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def invite_user(
        self,
        info: Info,
        input: UserArgument,
        *,
        send_email: Annotated[
            bool | None,
            strawberry.argument(description="Whether the user also gets the link by e-mail."),
        ] = False,
    ) -> InvitationPayload:
        invited = await users.invite_user(
            info.context.staff, input.user_id, sends_email=bool(send_email)
        )
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
        description="Updates the caller's own name and language. An API key is refused with "
        "FORBIDDEN.",
        extensions=[Requires()],
    )
    async def update_account(
        self,
        info: Info,
        input: Annotated[UpdateAccountInput, strawberry.argument(description="The new values.")],
    ) -> UserPayload:
        changes: AccountChanges = {}
        if input.name is not None:
            changes["name"] = input.name
        if input.language is not strawberry.UNSET:
            changes["language"] = input.language
        return UserPayload(user=User.of(await update_account(info.context.staff, changes)))

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
