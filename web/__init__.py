"""Plain HTTP: pages, health, and what every response carries."""
