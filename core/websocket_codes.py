"""Close codes of websockets."""

from typing import Final

TRY_AGAIN_LATER: Final = 1013
"""After this one, clients connect again after a while (IANA's registry of close codes)."""
