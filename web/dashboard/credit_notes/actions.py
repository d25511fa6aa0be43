"""What staff can do with a credit note: issue, apply, void and delete it."""

from starlette.responses import Response

from auth.permissions import Permission
from auth.staff import Staff
from models import CreditNote
from services.billing import credit_applications, credit_notes
from services.billing.drafts import can_delete, can_edit
from services.common.allowed_actions import allowed
from web.dashboard.documents import CREDIT_NOTES_PATH, credit_note_url, get_credit_note
from web.dashboard.forms import Confirmation, confirmation_page
from web.dashboard.requests import DashboardRequest, login_required


async def credit_note_actions(note: CreditNote, staff: Staff) -> list[str]:
    """Return what `staff` may do with `note` as it stands."""
    return allowed(
        staff,
        {
            "EDIT": can_edit(note),
            "DELETE": can_delete(note),
            "ISSUE": credit_notes.can_issue(note),
            "APPLY": credit_applications.can_apply(note),
            "VOID": await credit_notes.can_void(note),
        },
    )


@login_required(Permission.MANAGE_INVOICES)
async def issue_page(request: DashboardRequest) -> Response:
    """Ask, then issue the draft."""
    note = await get_credit_note(request)

    async def issue() -> str:
        await credit_notes.issue_credit_note(request.staff, str(note.id))
        return credit_note_url(note)

    confirmation = Confirmation(
        title=f"Issue credit note {note.label}?",
        text="Your customer can use this credit from then on. It can't be edited after that.",
        button="Issue",
        back_url=credit_note_url(note),
    )
    return await confirmation_page(request, confirmation, issue)


@login_required(Permission.MANAGE_INVOICES)
async def void_page(request: DashboardRequest) -> Response:
    """Ask, then void the credit note."""
    note = await get_credit_note(request)

    async def void() -> str:
        await credit_notes.void_credit_note(request.staff, str(note.id))
        return credit_note_url(note)

    confirmation = Confirmation(
        title=f"Void credit note {note.label}?",
        text="Your customer can't use it any more. You can't undo this.",
        button="Void",
        back_url=credit_note_url(note),
        is_destructive=True,
        back_label="Keep it",
    )
    return await confirmation_page(request, confirmation, void)


@login_required(Permission.MANAGE_INVOICES)
async def delete_page(request: DashboardRequest) -> Response:
    """Ask, then delete the draft."""
    note = await get_credit_note(request)

    async def delete() -> str:
        await credit_notes.delete_credit_note(request.staff, str(note.id))
        return CREDIT_NOTES_PATH

    confirmation = Confirmation(
        title=f"Delete draft {note.label}?",
        text="This can't be undone.",
        button="Delete draft",
        back_url=credit_note_url(note),
        is_destructive=True,
        back_label="Keep it",
    )
    return await confirmation_page(request, confirmation, delete)
