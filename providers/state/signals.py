"""What is known of an endpoint or a provider goes with it: ids are never given again."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.db.models.signals import post_delete
from django.dispatch import receiver

from providers.models import Cooldown, Endpoint, Health, Provider


@receiver(post_delete, sender=Endpoint)
def forget_endpoint(instance: Endpoint, **kwargs: Any) -> None:
    _forget(f"endpoint:{instance.pk}")


@receiver(post_delete, sender=Provider)
def forget_provider(instance: Provider, **kwargs: Any) -> None:
    _forget(f"provider:{instance.pk}")


def _forget(scope: str) -> None:
    """Delete the facts of a scope, in every category."""
    Health.objects.filter(Q(key=scope) | Q(key__startswith=f"{scope}|")).delete()
    Cooldown.objects.filter(key=scope).delete()
