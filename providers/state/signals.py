"""Delete the health and cooldowns of deleted endpoints and providers. Their ids are never used again."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.db.models.signals import post_delete
from django.dispatch import receiver

from providers.models import Cooldown, Endpoint, Health, Provider


@receiver(post_delete, sender=Endpoint)
def delete_endpoint_facts(instance: Endpoint, **kwargs: Any) -> None:
    """Delete the health and cooldown of a deleted endpoint."""
    _delete_facts(f"endpoint:{instance.pk}")


@receiver(post_delete, sender=Provider)
def delete_provider_facts(instance: Provider, **kwargs: Any) -> None:
    """Delete the health and cooldown of a deleted provider."""
    _delete_facts(f"provider:{instance.pk}")


def _delete_facts(scope: str) -> None:
    """Delete the facts of a scope, in every category."""
    Health.objects.filter(Q(key=scope) | Q(key__startswith=f"{scope}|")).delete()
    Cooldown.objects.filter(key=scope).delete()
