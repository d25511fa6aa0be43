"""What clients ask, and answering them."""
