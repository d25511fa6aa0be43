"""`make soak`: whether memory, descriptors and connections are level after a long time in use."""
