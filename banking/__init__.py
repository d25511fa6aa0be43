"""Rules of banks: account numbers, payment references, and the codes that banking apps scan."""
