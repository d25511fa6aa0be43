"""Objects in the place of their ids (https://docs.stripe.com/expand)."""

from typing import Final

from dev.stripe_sandbox.errors import InvalidParameter
from dev.stripe_sandbox.store import Account, Object, Store, visible

_KINDS: Final = {"charge": "charge", "latest_charge": "charge", "payment_intent": "payment_intent"}


def expand(store: Store, account: Account, shown: Object, paths: list[str]) -> None:
    """Put the objects that `paths` name into `shown`; InvalidParameter for any other name."""
    for path in paths:
        _expand(store, account, shown, path.split("."), path)


def _expand(
    store: Store, account: Account, shown: Object | list[Object], names: list[str], path: str
) -> None:
    name, rest = names[0], names[1:]
    if isinstance(shown, list):
        for item in shown:
            _expand(store, account, item, names, path)
        return
    if name == "data" and shown.get("object") == "list" and rest:
        _expand(store, account, shown["data"], rest, path)
        return
    if name not in shown or name not in _KINDS:
        message = f"This property cannot be expanded ({path})."
        raise InvalidParameter(message, param="expand")
    if isinstance(shown[name], str):
        shown[name] = visible(store.find(_KINDS[name], shown[name], account))
    if rest and shown[name] is not None:
        _expand(store, account, shown[name], rest, path)
