"""A stand-in for the part of Stripe that the portal uses, for the demo and the tests.

It speaks Stripe's API over HTTP, so that the real SDK runs against it. No money moves. It knows
nothing of the portal, and keeps what it knows in memory.
"""

from sandbox.app import create_sandbox
from sandbox.settings import SandboxSettings, SeedAccount
from sandbox.state import Sandbox

__all__ = ["Sandbox", "SandboxSettings", "SeedAccount", "create_sandbox"]
