"""People and credentials of a database from before second factors, forwards and back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from tortoise.exceptions import IntegrityError

from db.statements import execute, fetch, placeholders
from models import (
    AuditAction,
    AuditEntry,
    Checkout,
    CheckoutShare,
    Company,
    Credential,
    Customer,
    Invitation,
    InvitationKind,
    Invoice,
    User,
)
from tests.models.rules import declared, existing
from tests.support.migrations import migrate_to, opened

_BEFORE: Final = "0002_documents_and_money"
_NOW: Final = datetime(2026, 11, 30, 12, tzinfo=UTC)


async def _add(table: str, **columns: object) -> UUID:
    """Insert a row without the models, which have columns that aren't there yet."""
    id_ = uuid4()
    values = placeholders(1, len(columns) + 1)
    await execute(
        f"INSERT INTO {table} (id, {', '.join(columns)}) VALUES {values}", id_, *columns.values()
    )
    return id_


async def _add_company() -> UUID:
    columns = {"name": "Acme", "plan": "FREE", "currency": "EUR", "language": "en"}
    return await _add("company", **columns, created_at=_NOW)


async def _add_user(company_id: UUID, name: str) -> UUID:
    columns = {"email": f"{name}@a.example", "password_hash": "", "permissions": "VIEW_INVOICES"}
    return await _add("staff_user", name=name, company_id=company_id, created_at=_NOW, **columns)


async def _add_key(company_id: UUID, user_id: UUID | None, **columns: object) -> UUID:
    values = {"kind": "API_KEY", "name": "Key", "permissions": "", "created_at": _NOW, **columns}
    ids = {"company_id": company_id, "user_id": user_id}
    return await _add("credential", secret_hash=uuid4().hex * 2, **ids, **values)


async def _invite(company_id: UUID, user_id: UUID, *credential_ids: UUID) -> None:
    for hour, credential_id in enumerate(credential_ids):
        await _add(
            "audit_entry",
            at=_NOW.replace(hour=hour),
            action="USER_INVITED",
            actor="x",
            subject="x",
            company_id=company_id,
            credential_id=credential_id,
            subject_id=user_id,
        )
    ids = {"company_id": company_id, "user_id": user_id}
    await _add("invitation", secret_hash=uuid4().hex * 2, expires_at=_NOW, **ids)


async def _rows() -> Mapping[str, list[dict[str, Any]]]:
    tables = ("company", "staff_user", "credential", "invitation", "audit_entry")
    rows = {table: await fetch(f"SELECT * FROM {table} ORDER BY id") for table in tables}
    return {table: list(map(dict, found)) for table, found in rows.items()}


async def test_invitations_get_the_inviter_that_the_audit_log_names(another_database: str) -> None:
    async with opened(another_database):
        await migrate_to(_BEFORE)
        company = await _add_company()
        ada, bea, cy = [await _add_user(company, name) for name in ("ada", "bea", "cy")]
        key = await _add_key(company, ada)
        session = await _add_key(company, ada, kind="SESSION", expires_at=_NOW)
        await _invite(company, ada, key, session)
        await _invite(company, bea, session, key)
        before = await _rows()
        await _invite(company, cy, session, uuid4())
        await migrate_to()
        assert {
            (row.user_id, row.kind, row.inviter_id, row.inviter_key_id)
            for row in await Invitation.all()
        } == {
            (ada, InvitationKind.INVITATION, ada, None),
            (bea, InvitationKind.INVITATION, None, key),
        }
        assert await Credential.filter(parent_id=None, confirmed_at=None).count() == 2
        await migrate_to(_BEFORE)
        after = await _rows()
        assert {table: after[table] for table in after if table != "audit_entry"} == {
            table: before[table] for table in before if table != "audit_entry"
        }
        await migrate_to()
        assert await existing() == declared()


async def test_going_back_needs_addresses_that_are_unique(migrated_database: str) -> None:
    async with opened(migrated_database):
        for name in ("Acme", "Rival"):
            company = await Company.create(name=name)
            await User.create(company=company, name="A", email="a@b.example", permissions="")
        with pytest.raises(IntegrityError):
            await migrate_to(_BEFORE)
        assert await User.filter(email="a@b.example").count() == 2
        await migrate_to()  # what was taken back before the refusal
        assert await existing() == declared()
        await Company.filter(name="Rival").delete()
        await migrate_to(_BEFORE)
        company_id = await _add_company()
        await _add_user(company_id, "a")
        with pytest.raises(IntegrityError):
            await execute("UPDATE staff_user SET email = 'a@a.example'")


async def test_going_back_leaves_no_entries_that_cannot_be_read(migrated_database: str) -> None:
    async with opened(migrated_database):
        company = await Company.create(name="Acme")
        ids: dict[str, Any] = {"credential_id": uuid4(), "subject_id": uuid4()}
        for action in (AuditAction.SIGNED_IN, AuditAction.USER_INVITED):
            await AuditEntry.create(company=company, action=action, actor="x", subject="x", **ids)
        await migrate_to(_BEFORE)
        actions = [row["action"] for row in await fetch("SELECT action FROM audit_entry")]
        assert actions == ["USER_INVITED"]


async def test_going_back_is_refused_once_several_invoices_were_paid_together(
    migrated_database: str,
) -> None:
    async with opened(migrated_database):
        company = await Company.create(name="Acme")
        customer = await Customer.create(company=company, name="Ada")
        checkout = await Checkout.create(
            company=company,
            account="acct_1",
            amount=2,
            currency="EUR",
            request="{}",
            expires_at=_NOW,
            next_look_at=_NOW,
        )
        for position in (1, 2):
            invoice = await Invoice.create(company=company, customer=customer, currency="EUR")
            await CheckoutShare.create(
                checkout=checkout, invoice=invoice, position=position, amount=1
            )
        with pytest.raises(IntegrityError, match="Checkouts of several invoices each: 1"):
            await migrate_to(_BEFORE)
        await migrate_to()  # what was taken back before the refusal
        assert await existing() == declared()
