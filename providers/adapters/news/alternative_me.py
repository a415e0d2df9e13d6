"""alternative.me: the Crypto Fear & Greed Index, without a key, updated once a day."""

from __future__ import annotations

from providers.adapters.shared.fear_greed import FearGreedOfAlternative
from providers.domain.adapter import Adapter, Budget
from providers.domain.categories import Category

ADAPTER = Adapter(handlers={Category.SENTIMENT: FearGreedOfAlternative()}, budget=Budget(60, 60.0))
