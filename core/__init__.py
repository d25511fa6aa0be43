"""Tools for every layer that know nothing of invoices: limits, threads, tasks, logs, colours."""
