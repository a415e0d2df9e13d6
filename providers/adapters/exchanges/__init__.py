"""Adapters for exchanges."""
