"""The short form of `make fuzz`."""
