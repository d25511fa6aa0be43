"""Crashes, lost connections and crowds, on processes of their own."""
