"""What the server logs of websockets."""

import pytest
from strawberry.http.exceptions import WebSocketDisconnected

from api.websockets import WebSocketHandler


@pytest.mark.parametrize(("error", "lines"), [(WebSocketDisconnected(), 0), (ValueError(), 1)])
async def test_only_faults_are_logged_and_not_clients_who_leave(
    caplog: pytest.LogCaptureFixture, error: Exception, lines: int
) -> None:
    handler = WebSocketHandler.__new__(WebSocketHandler)
    await handler.handle_task_exception(error)
    assert len(caplog.records) == lines
