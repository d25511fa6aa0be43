"""Development tools: the demo, the stand-in for Stripe, and benchmarks."""
