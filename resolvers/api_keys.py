"""Creating and revoking API keys."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.api_keys import CreateApiKeyInput, CreateApiKeyPayload, RevokeApiKeyInput
from schema.permissions import Requires
from services.identity import api_keys


@strawberry.type
class ApiKeyMutations:
    @strawberry.mutation(
        description="Creates an API key. It can't have permissions that the caller lacks, and it "
        "loses those that its user loses. If an API key creates it, it can't last longer than that "
        "key, and is revoked with it.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def create_api_key(
        self,
        info: Info,
        input: Annotated[CreateApiKeyInput, strawberry.argument(description="The key.")],
    ) -> CreateApiKeyPayload:
        issued = await api_keys.create_api_key(
            info.context.staff,
            input.name,
            input.permissions,
            input.expires_at,
            idempotency_key=input.idempotency_key,
        )
        return CreateApiKeyPayload(
            secret=issued.secret, id=strawberry.ID(str(issued.credential.id))
        )

    @strawberry.mutation(
        description="Revokes an API key and those created with it, and ends their open "
        "subscriptions.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def revoke_api_key(
        self,
        info: Info,
        input: Annotated[RevokeApiKeyInput, strawberry.argument(description="The key.")],
    ) -> bool:
        await api_keys.revoke_api_key(info.context.staff, input.id)
        return True
