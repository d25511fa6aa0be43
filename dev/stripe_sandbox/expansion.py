"""Expansion of ids to objects (https://docs.stripe.com/expand)."""

from typing import Final

from dev.stripe_sandbox.errors import InvalidParameter
from dev.stripe_sandbox.store import Account, Object, Store, public_fields

_KINDS: Final = {"charge": "charge", "latest_charge": "charge", "payment_intent": "payment_intent"}


def expand(store: Store, account: Account, body: Object, paths: list[str]) -> None:
    """Replace the ids at `paths` in `body` with their objects. Raises InvalidParameter."""
    for path in paths:
        _expand(store, account, body, path.split("."), path)


def _expand(
    store: Store, account: Account, body: Object | list[Object], names: list[str], path: str
) -> None:
    name, rest = names[0], names[1:]
    if isinstance(body, list):
        for item in body:
            _expand(store, account, item, names, path)
        return
    if name == "data" and body.get("object") == "list" and rest:
        _expand(store, account, body["data"], rest, path)
        return
    if name not in body or name not in _KINDS:
        raise InvalidParameter(f"This property cannot be expanded ({path}).", param="expand")
    if isinstance(body[name], str):
        body[name] = public_fields(store.find(_KINDS[name], body[name], account))
    if rest and body[name] is not None:
        _expand(store, account, body[name], rest, path)
