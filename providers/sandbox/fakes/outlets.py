"""The news outlets' feeds, each with its own traps: ids that are no address, tracking in links, markup in summaries."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from xml.sax.saxutils import escape

from providers.sandbox.coins import Coin
from providers.sandbox.fakes.base import Fake, Names, as_json, front_page, refuser
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.newsroom import Story, written
from providers.sandbox.view import View

SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
)
XML = "application/rss+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet: paths of its feed and articles, and the format of an entry."""

    slug: str
    name: str
    path: str
    site: str
    item: Callable[[Outlet, Story], str]

    def url(self, story: Story) -> str:
        """URL of a story."""
        return f"{self.site}/{story.slug}"

    def feed(self, view: View) -> Reply:
        """Answer with the outlet's feed."""
        stories = written(view.market.seed, self.slug, view.market.coins, view.at)
        body = "".join(f"<item>{self.item(self, story)}</item>\n" for story in stories)
        head = f"<title>{escape(self.name)}</title><link>{self.site}</link>"
        built = f"<lastBuildDate>{formatdate(int(view.now))}</lastBuildDate>"
        text = f'<rss version="2.0" {SPACES}><channel>{head}{built}\n{body}</channel></rss>\n'
        return Reply(200, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode(), XML)


def coindesk_item(outlet: Outlet, story: Story) -> str:
    """A guid that is no address, and an empty dc:description after the full one."""
    return (
        f"{_title(story)}<link>{outlet.url(story)}</link>{_picture(outlet, story)}"
        f'<guid isPermaLink="false">{uuid.uuid5(uuid.NAMESPACE_URL, outlet.url(story))}</guid>{_date(story)}'
        f"<description><![CDATA[{story.summary}]]></description><dc:creator>{story.author}</dc:creator>"
        f'<content:encoded/><dc:description/><category domain="tag"><![CDATA[{story.coin.name}]]></category>'
        '<category domain="https://www.coindesk.com/">News</category>'
    )


def cointelegraph_item(outlet: Outlet, story: Story) -> str:
    """Tracking in the link, the clean address in the guid, markup in the summary, a byline before the author."""
    url, tracking = outlet.url(story), "utm_source=rss_feed&utm_medium=rss&utm_campaign=rss_partner_inbound"
    return (
        f'{_title(story)}{_date(story)}<guid isPermaLink="true">{url}</guid><link><![CDATA[{url}?{tracking}]]></link>'
        f'<description><![CDATA[<p style="float:right"><img src="{url}.jpg" alt="cover"></p><p>{story.summary}</p>]]>'
        f"</description><dc:creator>Cointelegraph by {story.author}</dc:creator><category>Latest News</category>"
    )


def wordpress_item(outlet: Outlet, story: Story) -> str:
    """A guid by number, sections and tags in one, and the closing line of every WordPress feed."""
    closing = f'<p>The post <a href="{outlet.url(story)}">{story.title}</a> appeared first on {outlet.name}.</p>'
    return (
        f"{_title(story)}<link>{outlet.url(story)}/</link>{_date(story)}<dc:creator><![CDATA[{story.author}]]></dc:creator>"
        f"<category><![CDATA[{story.coin.name}]]></category><category><![CDATA[Markets]]></category>"
        f'<guid isPermaLink="false">{outlet.site}/?p={story.number}</guid>'
        f"<description><![CDATA[<p>{story.summary}</p>{closing}]]></description>"
    )


def _title(story: Story) -> str:
    return f"<title><![CDATA[{story.title}]]></title>"


def _date(story: Story) -> str:
    return f"<pubDate>{formatdate(story.published)}</pubDate>"


def _picture(outlet: Outlet, story: Story) -> str:
    return f'<media:content url="{outlet.url(story)}.png?w=1920&amp;h=1080" type="image/*" medium="image"/>'


OUTLETS = (
    Outlet("coindesk", "CoinDesk", "/arc/outboundfeeds/rss/", "https://www.coindesk.com/markets", coindesk_item),
    Outlet("cointelegraph", "Cointelegraph", "/rss", "https://cointelegraph.com/news", cointelegraph_item),
    Outlet("decrypt", "Decrypt", "/feed", "https://decrypt.co", wordpress_item),
    Outlet("theblock", "The Block", "/rss.xml", "https://www.theblock.co/post", wordpress_item),
    Outlet("bitcoinmagazine", "Bitcoin Magazine", "/feed", "https://bitcoinmagazine.com/news", wordpress_item),
    Outlet("cryptoslate", "CryptoSlate", "/feed/", "https://cryptoslate.com", wordpress_item),
)


def fake(outlet: Outlet) -> Fake:
    """An outlet as one of the sandbox's providers: it lists no coins."""

    def listing(coins: Sequence[Coin]) -> Names:
        return {}

    def answer(call: Call, view: View) -> Reply:
        return outlet.feed(view) if call.path.rstrip("/") == outlet.path.rstrip("/") else front_page(404)

    def mistake(kind: str, view: View) -> Reply:
        return as_json({"message": "Too Many Requests" if kind == "rate_limited" else "Internal Server Error"})

    return Fake(listing, answer, refuser({}), mistake, limit=60)


FEEDS = {outlet.slug: fake(outlet) for outlet in OUTLETS}
