"""Parsing and request helpers shared by all adapters."""
