"""Adapters for news and sentiment sources."""
