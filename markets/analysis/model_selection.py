"""Which local models may forecast, and in what order: the operator's chain of AI_PREDICTION.

A link whose provider's adapter is ``local:<model>`` stands for a model of this hub. Its order is the operator's, and
so is its switch. A chain that names no local model leaves the choice to the hub: all of them, in their own order.
"""

from __future__ import annotations

from markets.analysis.forecast_models import MODELS
from providers.domain.categories import Category
from providers.domain.local_models import LOCAL_ADAPTERS, model
from providers.state.runtime import runtime


def models() -> tuple[str, ...]:
    """The models that are switched on, first choice first. Empty when the operator has switched all of them off."""
    chain = runtime().current().chains.get(Category.AI_PREDICTION)
    links = [link for link in chain.links if link.provider.adapter in LOCAL_ADAPTERS] if chain else []
    if not links:
        return tuple(MODELS)
    on = [model(link.provider.adapter) for link in links if link.enabled and link.provider.enabled]
    return tuple(name for name in on if name is not None)
