"""What tests share: servers, clients, rows, and stand-ins for what is outside."""
