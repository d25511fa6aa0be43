"""The time between SIGTERM and the end, in which clients and load balancers move elsewhere.

A process still accepts connections and answers requests meanwhile, but says that it isn't ready,
and closes each connection with the response. So no request is sent into a connection that is just
being closed.
"""

import os
import signal
from threading import Event, Timer
from types import FrameType
from typing import Final

_STOPPING: Final = Event()
_LEAVING: Final = Event()


def is_draining() -> bool:
    """Whether this process will end soon."""
    return _LEAVING.is_set()


def is_stopping() -> bool:
    """Whether the portal will end soon. When a process is only replaced, the others are ready."""
    return _STOPPING.is_set()


def drain_at_sigterm(seconds: float, *, is_alone: bool) -> None:
    """From now on, let SIGTERM end this process only after `seconds`; a second one does at once.

    Unless it `is_alone`, the process that has started it sends SIGUSR1 if all of them end.
    """
    end = signal.getsignal(signal.SIGTERM)
    assert callable(end)

    def drain(number: int, frame: FrameType | None) -> None:
        if is_draining() or not seconds:
            end(number, frame)
            return
        _LEAVING.set()
        if is_alone:
            _STOPPING.set()
        timer = Timer(seconds, os.kill, (os.getpid(), signal.SIGTERM))
        timer.daemon = True
        timer.start()

    signal.signal(signal.SIGTERM, drain)
    signal.signal(signal.SIGUSR1, lambda *_: _STOPPING.set())
