"""E-mails to clients: what staff send, reminders, announcements, and the queue they go through."""
