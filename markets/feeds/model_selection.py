"""Local forecast models in the order of the AI_PREDICTION chain.

A link whose provider's adapter is ``local:<model>`` stands for a model of this hub; operators order and switch it like
any other link. A chain without local models uses all models in their default order.
"""

from __future__ import annotations

from markets.analysis.forecast_models import MODELS
from providers.domain.categories import Category
from providers.domain.local_models import LOCAL_ADAPTERS, model
from providers.state.runtime import runtime


def models() -> tuple[str, ...]:
    """Enabled models in chain order; empty if the operator has switched all of them off."""
    chain = runtime().current().chains.get(Category.AI_PREDICTION)
    links = [link for link in chain.links if link.provider.adapter in LOCAL_ADAPTERS] if chain else []
    if not links:
        return tuple(MODELS)
    enabled = [model(link.provider.adapter) for link in links if link.enabled and link.provider.enabled]
    return tuple(name for name in enabled if name is not None)
