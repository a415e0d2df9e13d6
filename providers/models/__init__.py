"""Database models: configuration, health, records, and definitions for the generic adapter."""

from providers.models.core import (
    Chain,
    ChainLink,
    Cooldown,
    DecisionRecord,
    Endpoint,
    Health,
    LastKnown,
    Lease,
    PeerPrice,
    Provider,
    Quarantine,
    SeededItem,
)
from providers.models.generic import Definition, RequestFormat

__all__ = [
    "Chain",
    "ChainLink",
    "Cooldown",
    "DecisionRecord",
    "Definition",
    "Endpoint",
    "Health",
    "LastKnown",
    "Lease",
    "PeerPrice",
    "Provider",
    "Quarantine",
    "RequestFormat",
    "SeededItem",
]
