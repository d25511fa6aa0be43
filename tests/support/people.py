"""Users of a business: inviting them, and signing in as one."""

from typing import Any, Final
from uuid import uuid4

from tests.support.clients import PASSWORD, Business, Caller

EVERYTHING: Final = ["VIEW_INVOICES", "MANAGE_INVOICES", "MANAGE_COMPANY"]
USER: Final = "{ id name email permissions isInvited }"


def new_address() -> str:
    """Return an e-mail address that nobody has yet."""
    return f"user-{uuid4().hex}@example.com"


async def create_user(caller: Business, **more: object) -> Any:
    """Return a new user with the invitation's link."""
    details = {"email": new_address(), "name": "Ada", "permissions": ["VIEW_INVOICES"]} | more
    return await caller.mutate(
        "createUser", "CreateUserInput", f"{{ user {USER} url expiresAt }}", **details
    )


def token_of(invitation: Any) -> str:
    """Return the secret at the end of an invitation's link."""
    return str(invitation["url"]).rpartition("/")[2]


async def choose_password(caller: Caller, token: str, password: str = PASSWORD) -> Any:
    """Set a password through an invitation, and return the new session."""
    query = (
        "mutation($input: ChoosePasswordInput!)"
        " { choosePassword(input: $input) { token actor { name permissions } } }"
    )
    return (await caller.gql(query, input={"secret": token, "password": password}))[
        "choosePassword"
    ]


async def sign_in(caller: Caller, email: str, password: str = PASSWORD) -> Caller:
    """Return the same caller with a session."""
    query = "mutation($input: SignInInput!) { signIn(input: $input) { token } }"
    data = await caller.gql(query, input={"email": email, "password": password})
    return Caller(caller.http, data["signIn"]["token"])


async def add_member(business: Business, *permissions: str) -> tuple[str, Business]:
    """Return the id and a session of a new user with these permissions."""
    invited = await create_user(business, permissions=list(permissions or ["VIEW_INVOICES"]))
    session = (await choose_password(business.stranger, token_of(invited)))["token"]
    member = Business(business.http, session, company_id=business.company_id)
    return str(invited["user"]["id"]), member


async def set_permissions(caller: Business, user_id: str, *permissions: str) -> None:
    """Change a user's permissions."""
    values = {"userId": user_id, "permissions": list(permissions)}
    await caller.mutate("updateUser", "UpdateUserInput", "{ user { id } }", **values)


async def make_api_key(caller: Business, *permissions: str, **more: object) -> tuple[str, Business]:
    """Return the id of a new API key, and a caller with it."""
    values = {"name": "tool", "permissions": list(permissions or EVERYTHING)} | more
    payload = await caller.mutate("createApiKey", "CreateApiKeyInput", "{ id secret }", **values)
    key = Business(caller.http, payload["secret"], company_id=caller.company_id)
    return str(payload["id"]), key


async def list_users(caller: Caller) -> list[Any]:
    """Return the company's users."""
    data = await caller.gql(f"{{ company {{ users {{ edges {{ node {USER} }} }} }} }}")
    return [edge["node"] for edge in data["company"]["users"]["edges"]]


async def me_of(caller: Caller) -> Any:
    """Return who the caller is."""
    return (await caller.gql("{ me { name permissions } }"))["me"]
