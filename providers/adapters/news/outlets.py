"""The news outlets that publish a feed: where it is, and how often it may be asked. Keyless, one feed each."""

from __future__ import annotations

from providers.adapters.news.rss import Outlet
from providers.domain.adapter import Adapter, Budget
from providers.domain.categories import Category

GENTLY = Budget(10, 60.0)
"""Nobody publishes a limit for a feed; CoinDesk's own asks for five minutes between looks."""


COINDESK_FEED = Outlet("coindesk", "CoinDesk", "/arc/outboundfeeds/rss/")
COINTELEGRAPH_FEED = Outlet("cointelegraph", "Cointelegraph", "/rss", byline="Cointelegraph by ")
DECRYPT_FEED = Outlet("decrypt", "Decrypt", "/feed")
THEBLOCK_FEED = Outlet("theblock", "The Block", "/rss.xml")
BITCOINMAGAZINE_FEED = Outlet("bitcoinmagazine", "Bitcoin Magazine", "/feed")
CRYPTOSLATE_FEED = Outlet("cryptoslate", "CryptoSlate", "/feed/")


def _outlet(feed: Outlet) -> Adapter:
    return Adapter(handlers={Category.NEWS: feed}, budget=GENTLY)


COINDESK = _outlet(COINDESK_FEED)
COINTELEGRAPH = _outlet(COINTELEGRAPH_FEED)
DECRYPT = _outlet(DECRYPT_FEED)
THEBLOCK = _outlet(THEBLOCK_FEED)
BITCOINMAGAZINE = _outlet(BITCOINMAGAZINE_FEED)
CRYPTOSLATE = _outlet(CRYPTOSLATE_FEED)
