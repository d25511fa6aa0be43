"""The portal in a real browser, as its users have it."""
