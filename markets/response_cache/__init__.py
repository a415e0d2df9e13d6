"""Rendered responses, served while valid."""
