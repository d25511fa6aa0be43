"""Crashes, lost connections and crowds, in separate processes."""
