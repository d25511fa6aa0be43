"""A stand-in for the part of Stripe that the portal uses, for the demo and the tests.

It speaks Stripe's API over HTTP, so that the real SDK runs against it. No money moves. It knows
nothing of the portal, and keeps what it knows in memory.
"""

from dev.stripe_sandbox.app import create_sandbox
from dev.stripe_sandbox.settings import SandboxSettings, SeedAccount
from dev.stripe_sandbox.state import Sandbox

__all__ = ["Sandbox", "SandboxSettings", "SeedAccount", "create_sandbox"]
