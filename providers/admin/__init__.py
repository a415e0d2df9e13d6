"""The operator's admin pages: providers, chains, health, cooldowns, and the records of answers."""

from providers.admin import chains, configuration, definitions, health, records

__all__ = ["chains", "configuration", "definitions", "health", "records"]
