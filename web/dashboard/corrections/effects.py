"""What an action does to an invoice, in words: before it is done, and afterwards."""

from errors import PortalError
from i18n.formatting import format_money
from models import Invoice, InvoiceStatus
from services.checkout.effects import Action, Effect, Figures, preview
from web.dashboard.requests import DashboardRequest


async def what_it_will_do(request: DashboardRequest, invoice: Invoice, action: Action) -> str:
    """Return what `action` will do to the invoice, or why it can't be done."""
    try:
        effect = await preview(request.staff, invoice.id, action)
    except PortalError as refusal:
        return str(refusal.message)
    return _describe(effect, request.staff.language, is_done=False)


def what_it_did(effect: Effect, language: str) -> str:
    """Return what an action has done to its invoice."""
    return _describe(effect, language, is_done=True)


def _describe(effect: Effect, language: str, *, is_done: bool) -> str:
    verb = "is" if is_done else "will be"
    due = _due_sentence(effect.before, effect.after, language, verb)
    gained = effect.after.credit.minor - effect.before.credit.minor
    if not gained:
        return due
    amount = format_money(effect.after.invoice.money(abs(gained)), language)
    if gained < 0:
        return f"{due} {amount} of your customer's credit {verb} used."
    return f"{due} Your customer {'has' if is_done else 'will have'} {amount} more credit."


def _due_sentence(before: Figures, after: Figures, language: str, verb: str) -> str:
    label = after.invoice.label
    if after.invoice.status is InvoiceStatus.CANCELLED:
        return f"Invoice {label} {verb} cancelled, so nothing is due on it."
    due, was_due = after.due.minor, before.due.minor
    amount = format_money(after.due, language)
    if due == was_due:
        return f"{amount} remains due on invoice {label}." if due else f"Nothing {verb} due."
    if not due:
        return f"Nothing {verb} due on invoice {label} any more."
    if not was_due:
        return f"{amount} {verb} due on invoice {label} again."
    return (
        f"{amount} {verb} due on invoice {label}, instead of {format_money(before.due, language)}."
    )
