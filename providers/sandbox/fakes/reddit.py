"""Reddit's Atom feed of r/CryptoCurrency: posts as entries, their text as escaped HTML, authors as /u/name."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from providers.sandbox.coins import Coin
from providers.sandbox.fakes.base import Fake, Names, as_json, front_page, refuser
from providers.sandbox.fakes.spelling import iso
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.newsroom import Story, written
from providers.sandbox.view import View

FORUM = "/r/CryptoCurrency"
ATOM = "application/atom+xml; charset=UTF-8"
POSTS = 50
TAIL = (
    ' submitted by <a href="x"> /u/me </a> <br/> <span><a href="x">[link]</a></span>'
    ' <span><a href="x">[comments]</a></span>'
)


def listing(coins: Sequence[Coin]) -> Names:
    """List the coins by the provider's own names."""
    return {}


def feed(view: View) -> Reply:
    """Answer with the feed of posts."""
    stories = written(view.market.seed, "reddit", view.market.coins, view.at, POSTS)
    head = f"<title>r/CryptoCurrency</title><id>{FORUM}/.rss</id><updated>{iso(view.now, 0)}</updated>"
    body = "".join(_entry(story) for story in stories)
    text = f'<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">{head}{body}</feed>'
    return Reply(200, text.encode(), ATOM)


def _entry(story: Story) -> str:
    url = f"https://www.reddit.com{FORUM}/comments/{story.number}/{story.slug}/"
    html = f'<!-- SC_OFF --><div class="md"><p>{story.summary}</p></div><!-- SC_ON -->{TAIL}'
    return (
        f"<entry><author><name>/u/{story.author.replace(' ', '_')}</name></author>"
        f'<category term="CryptoCurrency" label="r/CryptoCurrency"/><content type="html">{escape(html)}</content>'
        f'<id>t3_{story.number}</id><link href="{url}" /><updated>{iso(story.published, 0)}</updated>'
        f"<published>{iso(story.published, 0)}</published><title>{escape(story.title)}</title></entry>"
    )


def answer(call: Call, view: View) -> Reply:
    """The .json pages are closed to callers without a key since May 2026."""
    if call.path == f"{FORUM}/.rss":
        return feed(view)
    return as_json({"message": "Forbidden", "error": 403}, 403) if call.path.endswith(".json") else front_page(404)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    error = 429 if kind == "rate_limited" else 500
    return as_json({"message": "Too Many Requests" if error == 429 else "Internal Server Error", "error": error})


FAKE = Fake(listing, answer, refuser({}), mistake, limit=10)
