"""Plain HTTP: pages, health checks, and the headers of every response."""
