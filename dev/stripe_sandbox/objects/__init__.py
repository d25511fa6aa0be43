"""Stripe's objects: their JSON and their changes.

Functions that change an object return the events to publish.
"""
