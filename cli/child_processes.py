"""Processes that end when the one that has started them does, even if that is killed."""

import os
import signal
from multiprocessing import parent_process
from threading import Thread


def end_with_parent(number: signal.Signals) -> None:
    """Send this process the signal as soon as its parent has ended. It runs in the child."""
    parent = parent_process()
    assert parent, "multiprocessing has not started this process"

    def follow() -> None:
        parent.join()
        os.kill(os.getpid(), number)

    Thread(target=follow, daemon=True).start()
