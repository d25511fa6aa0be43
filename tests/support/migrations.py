"""Databases that a test opens and migrates itself."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from unittest.mock import patch

from tortoise import models
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.schema_generator.state_apps import StateApps

from db.connections import TORTOISE_ORM, connection, tortoise_config


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[TortoiseContext, None]:
    """Run this task's statements on the database at `url`."""
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(url))
        yield context


async def migrate_to(name: str | None = None) -> None:
    """Migrate the opened database forwards or back to a migration; None is the latest."""
    targets = [MigrationTarget("models", name)] if name else None
    # Tortoise prepares queries and filters of all models before and after each operation, which
    # takes most of the time, and no migration of ours asks for rows through models.
    with (
        patch.object(StateApps, "_build_initial_querysets"),
        patch.object(models, "get_filters_for_field", lambda **_: {}),
    ):
        await MigrationExecutor(connection(), TORTOISE_ORM["apps"]).migrate(targets)
