"""Schedules: when periodic work last ran, and the lease of the process that runs it now."""

from typing import ClassVar

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class Schedule(Model):
    """Periodic work, which one process at a time does. All times are the database's."""

    name = fields.CharField(32, primary_key=True)
    due_at = fields.DatetimeField()
    """When the next run is due."""
    lease = fields.BigIntField(default=0)
    """Counts leases, which tells their holders apart."""
    leased_until = fields.DatetimeField(null=True)
    """When the lease of the process that runs it ends; null if none does."""
    started_at = fields.DatetimeField(null=True)
    """When the last run began."""
    finished_at = fields.DatetimeField(null=True)
    """When the last run that was finished ended, with success or without."""
    succeeded_at = fields.DatetimeField(null=True)
    """When the last run that succeeded ended."""
    done_until = fields.DatetimeField(null=True)
    """When the last run that succeeded began: what was due until then is done."""
    failed_at = fields.DatetimeField(null=True)
    """When the last run that failed ended."""
    seconds = fields.FloatField(null=True)
    """How long the last run took that was finished."""
    failure: str | None = fields.TextField(null=True)
    """Why the last run failed; null if it succeeded."""

    class Meta:
        table = "schedule"
        constraints: ClassVar = (
            CheckConstraint("lease >= 0 AND seconds >= 0", "schedule_numbers"),
            CheckConstraint("(succeeded_at IS NULL) = (done_until IS NULL)", "schedule_done_until"),
        )


class CompanyUpkeep(Model):
    """How far periodic work has come with a company."""

    company_id = fields.UUIDField(primary_key=True)
    """No reference, so that nothing is locked for it."""
    reconciled_updates = fields.BigIntField(default=0, db_default=0)
    """The sequence of the last event whose documents were compared and are right."""
    reconciled_views = fields.BigIntField(default=0, db_default=0)
    """The sequence of the last view that was compared with its invoice, which is right."""
    shortened_views = fields.BigIntField(default=0, db_default=0)
    """The sequence of the last view that is kept without its address and browser."""
    planned_reminder_days = fields.CharField(100, null=True)
    """The company's `reminder_days` for which its invoices have the days of their reminders.

    Null until they are known, and while they are worked out anew.
    """

    class Meta:
        table = "company_upkeep"
