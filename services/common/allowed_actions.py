"""What a caller may do with a document now, by the rule of each action."""

from collections.abc import Mapping
from typing import TypeVar

from auth.permissions import Permission
from auth.staff import Staff
from errors import PortalError

ActionT = TypeVar("ActionT", bound=str)


def allowed(staff: Staff, refusals: Mapping[ActionT, PortalError | None]) -> list[ActionT]:
    """Return the actions that have no refusal; none without MANAGE_INVOICES.

    `refusals` has what the `can_…` function of each verb returns.
    """
    if Permission.MANAGE_INVOICES not in staff.permissions:
        return []
    return [action for action, refusal in refusals.items() if refusal is None]
