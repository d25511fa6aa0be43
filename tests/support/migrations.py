"""Databases that a test opens and migrates itself."""

from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from unittest.mock import patch

from tortoise import models
from tortoise.context import TortoiseContext
from tortoise.migrations import executor
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.schema_generator.state import ModelState, State
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
    with few_models():
        await MigrationExecutor(connection(), TORTOISE_ORM["apps"]).migrate(targets)


@contextmanager
def few_models() -> Iterator[None]:
    """Let Tortoise make the models of a migration's states only where a statement needs them.

    Otherwise it makes all of them several times for each operation, with queries and filters that
    no migration of ours uses, which takes most of the time.
    """
    with (
        patch.object(executor, "State", _LazyState),
        patch.object(StateApps, "_build_initial_querysets"),
        patch.object(models, "get_filters_for_field", lambda **_: {}),
    ):
        yield


class _LazyState(State):
    """A state that makes its models when they are asked for, and shares them with its copies.

    They don't change: an operation drops them, and the next one that asks gets new ones.
    """

    models: dict[tuple[str, str], ModelState]

    def __init__(self, models: dict[tuple[str, str], ModelState], apps: StateApps) -> None:
        self.models = models
        self._apps = apps
        self._is_current = True

    @property
    def apps(self) -> StateApps:  # type: ignore[override]  # an attribute there
        """The models of this state."""
        if not self._is_current:
            copied = {key: model.clone() for key, model in self.models.items()}
            self._apps = self._apps.clone(model_states=copied)
            self._is_current = True
        return self._apps

    def reload_model(self, app_label: str, model_name: str) -> None:  # noqa: ARG002  # Tortoise's
        """Drop the models."""
        self._is_current = False

    def reload_models(self, model_tuples: Iterable[tuple[str, str]]) -> None:  # noqa: ARG002
        """Drop the models."""
        self._is_current = False

    def validate_relations_initialized(self) -> None:
        """Check the models that were made."""
        if self._is_current:
            super().validate_relations_initialized()

    def clone(self) -> State:
        """Return a copy that operations can change."""
        copied = _LazyState(
            {
                key: replace(model, options=dict(model.options), fields=dict(model.fields))
                for key, model in self.models.items()
            },
            self._apps,
        )
        copied._is_current = self._is_current
        return copied
