"""What helps to try, test and measure the portal: the demo, a stand-in for Stripe, benchmarks."""
