"""How often Python looks for garbage that refers to itself."""

import gc


def collect_rarely() -> None:
    """Collect after 50,000 new objects, not after 700.

    Importing the portal leaves no garbage, and took a sixth longer. With a thousand followers'
    websockets, collecting took half of the time that a view needs to reach them.
    """
    gc.set_threshold(50_000, 20, 20)
