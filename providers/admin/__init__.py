"""The operator's pages: who is asked, in what order, how they are, and what was answered."""

from providers.admin import chains, configuration, definitions, health, records

__all__ = ["chains", "configuration", "definitions", "health", "records"]
