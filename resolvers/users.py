"""Users: inviting, changing and removing them, and their passwords."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.permissions import Requires
from schema.users import (
    Actor,
    ChangePasswordInput,
    ChoosePasswordInput,
    CreateUserInput,
    InvitationPayload,
    SignInPayload,
    UpdateUserInput,
    User,
    UserPayload,
    UserRef,
)
from services.identity import users
from services.identity.users import Invited
from settings import Settings

WhichUser = Annotated[UserRef, strawberry.argument(description="Which user.")]


def _payload(invited: Invited, settings: Settings) -> InvitationPayload:
    return InvitationPayload(
        user=User.of(invited.user),
        url=settings.invitation_url(invited.secret),
        expires_at=invited.expires_at,
    )


@strawberry.type
class UserMutations:
    """A company's users."""

    @strawberry.mutation(
        description="Add a user, with a link by which the person chooses a password.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def create_user(
        self,
        info: Info,
        input: Annotated[CreateUserInput, strawberry.argument(description="The user.")],
    ) -> InvitationPayload:
        """See the description."""
        invited = await users.create_user(
            info.context.staff, input.email, input.name, input.permissions
        )
        return _payload(invited, info.context.settings)

    @strawberry.mutation(
        description="Make a new link by which a user chooses a password, also in place of a "
        "forgotten one. An earlier link ends.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def invite_user(self, info: Info, input: WhichUser) -> InvitationPayload:
        """See the description."""
        invited = await users.invite_user(info.context.staff, input.user_id)
        return _payload(invited, info.context.settings)

    @strawberry.mutation(
        description="Change a user's name or permissions, at once. CONFLICT if nobody would "
        "manage the company any more.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def update_user(
        self,
        info: Info,
        input: Annotated[UpdateUserInput, strawberry.argument(description="What of whom.")],
    ) -> UserPayload:
        """See the description."""
        user = await users.update_user(
            info.context.staff, input.user_id, name=input.name, permissions=input.permissions
        )
        return UserPayload(user=User.of(user))

    @strawberry.mutation(
        description="Remove a user, for good: sessions end at once; API keys go on. CONFLICT if "
        "nobody would manage the company any more.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def remove_user(self, info: Info, input: WhichUser) -> bool:
        """See the description."""
        await users.remove_user(info.context.staff, input.user_id)
        return True

    @strawberry.mutation(
        description="Choose a password by an invitation, and sign in. Earlier sessions end. "
        "Limited per address."
    )
    async def choose_password(
        self,
        info: Info,
        input: Annotated[ChoosePasswordInput, strawberry.argument(description="It.")],
    ) -> SignInPayload:
        """See the description."""
        context = info.context
        issued, staff = await context.services.passwords.choose(
            input.secret, input.password, context.client_info
        )
        expires_at = issued.credential.expires_at
        assert expires_at is not None
        return SignInPayload(token=issued.secret, expires_at=expires_at, actor=Actor.of(staff))

    @strawberry.mutation(
        description="Change the password of the person who calls. Other sessions end. Limited per "
        "address.",
        extensions=[Requires()],
    )
    async def change_password(
        self,
        info: Info,
        input: Annotated[ChangePasswordInput, strawberry.argument(description="Both.")],
    ) -> bool:
        """See the description."""
        context = info.context
        await context.services.passwords.change(
            context.staff, input.current, input.password, context.client_info
        )
        return True
