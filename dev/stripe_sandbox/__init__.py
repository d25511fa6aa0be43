"""A stand-in for the part of Stripe that the portal uses, for the demo and the tests.

It serves Stripe's API over HTTP, so the real SDK runs against it. No money moves. It does not
depend on the portal and keeps its state in memory.
"""

from dev.stripe_sandbox.app import create_sandbox
from dev.stripe_sandbox.settings import SandboxSettings, SeedAccount
from dev.stripe_sandbox.state import Sandbox

__all__ = ["Sandbox", "SandboxSettings", "SeedAccount", "create_sandbox"]
