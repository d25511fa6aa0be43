"""What every request passes: middleware, errors, limits, cookies, templates and assets."""
