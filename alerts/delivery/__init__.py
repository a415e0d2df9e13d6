"""Outbox, e-mails and retry policy."""
