"""What every verb needs: look-ups, validation, idempotency, pagination, the audit log."""
