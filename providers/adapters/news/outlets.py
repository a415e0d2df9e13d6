"""News outlets with one public feed each: its path and how often it may be called."""

from __future__ import annotations

from providers.adapters.news.rss import Outlet
from providers.domain.adapter import Adapter, Budget
from providers.domain.categories import Category

FEED_BUDGET = Budget(10, 60.0)
"""No outlet publishes a limit for its feed; CoinDesk's feed itself asks for five minutes between calls."""


COINDESK_FEED = Outlet("coindesk", "CoinDesk", "/arc/outboundfeeds/rss/")
COINTELEGRAPH_FEED = Outlet("cointelegraph", "Cointelegraph", "/rss", byline="Cointelegraph by ")
DECRYPT_FEED = Outlet("decrypt", "Decrypt", "/feed")
THEBLOCK_FEED = Outlet("theblock", "The Block", "/rss.xml")
BITCOINMAGAZINE_FEED = Outlet("bitcoinmagazine", "Bitcoin Magazine", "/feed")
CRYPTOSLATE_FEED = Outlet("cryptoslate", "CryptoSlate", "/feed/")


def _adapter(feed: Outlet) -> Adapter:
    return Adapter(handlers={Category.NEWS: feed}, budget=FEED_BUDGET)


COINDESK = _adapter(COINDESK_FEED)
COINTELEGRAPH = _adapter(COINTELEGRAPH_FEED)
DECRYPT = _adapter(DECRYPT_FEED)
THEBLOCK = _adapter(THEBLOCK_FEED)
BITCOINMAGAZINE = _adapter(BITCOINMAGAZINE_FEED)
CRYPTOSLATE = _adapter(CRYPTOSLATE_FEED)
