"""Database models: configuration, health, records, and definitions for the generic adapter."""

from providers.models.core import (
    Chain,
    ChainLink,
    DecisionRecord,
    Endpoint,
    Health,
    LastKnown,
    Lease,
    Parking,
    Provider,
    Quarantine,
    Seeded,
    Witness,
)
from providers.models.generic import Definition, Dialect

__all__ = [
    "Chain",
    "ChainLink",
    "DecisionRecord",
    "Definition",
    "Dialect",
    "Endpoint",
    "Health",
    "LastKnown",
    "Lease",
    "Parking",
    "Provider",
    "Quarantine",
    "Seeded",
    "Witness",
]
