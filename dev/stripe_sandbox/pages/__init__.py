"""The pages: payment, onboarding, and the overview on which you play Stripe."""
