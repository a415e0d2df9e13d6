"""Database models: configuration, health, records, and definitions for the generic adapter."""

from providers.models.configuration import Chain, ChainLink, Endpoint, Provider, SeededItem
from providers.models.generic import Definition, RequestFormat
from providers.models.health import Cooldown, Health, Lease, PeerPrice
from providers.models.records import DecisionRecord, LastKnown, Quarantine

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
