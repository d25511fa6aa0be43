"""The entries of what happened before there were triggers for them."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

from db.triggers.account_entries import enter_earlier_rows


async def _enter(_: Any, __: Any) -> None:
    await enter_earlier_rows()


async def _leave(_: Any, __: Any) -> None:
    """The rows go with the tables."""


class Migration(migrations.Migration):
    dependencies = [("models", "0017_account_entries")]

    initial = False
    atomic = False  # some customers at a time

    operations = [ops.RunPython(_enter, reverse_code=_leave)]
