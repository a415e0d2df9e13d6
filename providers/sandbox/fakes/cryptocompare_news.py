"""CryptoCompare's news: the outlets' own articles passed on, with tracking in their addresses."""

from __future__ import annotations

from typing import Any

from providers.sandbox.fakes.base import as_json
from providers.sandbox.fakes.outlets import OUTLETS, Outlet
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.newsroom import Story, written
from providers.sandbox.view import View

PASSED_ON = 3
"""The first outlets, whose articles it has."""
MOST = 50


def news(call: Call, view: View) -> Reply:
    """The newest articles of several publishers, newest first."""
    stories = [
        (outlet, story)
        for outlet in OUTLETS[:PASSED_ON]
        for story in written(view.market.seed, outlet.slug, view.market.coins, view.at)
    ]
    newest = sorted(stories, key=lambda pair: pair[1].published, reverse=True)[:MOST]
    rows = [_row(outlet, story) for outlet, story in newest]
    return as_json({"Type": 100, "Message": "News list successfully returned", "Promoted": [], "Data": rows})


def _row(outlet: Outlet, story: Story) -> dict[str, Any]:
    url = outlet.url(story)
    return {
        "id": str(story.number),
        "guid": url,
        "published_on": story.published,
        "imageurl": f"https://resources.cryptocompare.com/news/{story.number}.png",
        "title": story.title,
        "url": f"{url}?utm_source=cryptocompare&utm_medium=api",
        "body": f"{story.summary} <br/> It was first told elsewhere.",
        "tags": f"{story.coin.name}|Market News",
        "lang": "EN",
        "upvotes": "0",
        "downvotes": "0",
        "categories": f"{story.coin.symbol}|MARKET",
        "source": outlet.slug,
        "source_info": {"name": outlet.name, "lang": "EN", "img": "https://resources.cryptocompare.com/news/x.png"},
    }
