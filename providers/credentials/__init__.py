"""Providers' API keys and their encryption."""
