"""alternative.me: the Crypto Fear & Greed Index, keyless, once a day."""

from __future__ import annotations

from providers.adapters.moods import FearGreedOfAlternative
from providers.types import Adapter, Budget, Category

ADAPTER = Adapter(handlers={Category.SENTIMENT: FearGreedOfAlternative()}, budget=Budget(60, 60.0))
