"""What each kind of e-mail says, in words: one module for each."""
