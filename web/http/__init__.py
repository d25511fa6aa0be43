"""HTTP for all pages: middleware, errors, body limits, cookies, templates and static files."""
