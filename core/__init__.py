"""What every layer may use and what knows nothing of invoices: limits, threads, logs, colours."""
