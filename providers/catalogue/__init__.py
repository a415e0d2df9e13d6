"""Shipped providers and chains, and their import and export."""
