"""The pages: payment, onboarding, and an overview with buttons for what Stripe does."""
