"""The faults, by name."""

from typing import Final

from dev.chaos.faults import clocks, databases, mail, network, processes, redis, stripe
from dev.chaos.faults.fault import Fault

FAULTS: Final[dict[str, Fault]] = {
    fault.name: fault
    for module in (processes, databases, network, redis, mail, stripe, clocks)
    for fault in vars(module).values()
    if isinstance(fault, Fault)
}
