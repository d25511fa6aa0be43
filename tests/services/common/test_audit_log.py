"""The audit log."""

from auth.staff import authenticate
from db.transactions import transactional
from models import AuditAction, AuditEntry
from services.common import audit_log
from tests.support.clients import Business


async def test_names_that_are_too_long_are_cut(business: Business) -> None:
    staff = await authenticate(f"Bearer {business.secret}")
    account = "acct_" + "x" * 250
    note = transactional(audit_log.note)
    await note(staff, AuditAction.STRIPE_CONNECTED, staff.company_id, account)
    entry = await AuditEntry.get(company_id=staff.company_id, action=AuditAction.STRIPE_CONNECTED)
    assert entry.subject == account[:200]
