"""What machines ask for: health, metrics, Stripe's webhook and logos."""
