"""The live stream of opens: a hint that something happened, and the rows that say what."""
