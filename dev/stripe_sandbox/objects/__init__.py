"""Stripe's objects: how each looks, and what becomes of it.

What changes an object returns what has happened; the sandbox tells the world.
"""
