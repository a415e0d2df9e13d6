"""No feed takes long to read, whatever is in it, and each limit of a feed is kept."""

from __future__ import annotations

import time

import pytest

from providers.adapters.news import feed_xml
from providers.adapters.news.rss import Outlet
from providers.adapters.shared import articles
from providers.domain.news import News
from providers.domain.outcomes import Failure, Outcome
from tests.providers.adapters.support import respond

OUTLET = Outlet("example", "Example", "/feed")
BOUND_S = 1.5
"""Of processor time; the limits keep each of these below 0.3 s, and what was mended took 9 to 40 s."""
ARTICLE = "<item><title>A title</title><link>https://a.example/1</link>%s</item>"


def feed(inside: str = "", *, channel: str = "", head: str = '<?xml version="1.0" encoding="utf-8"?>') -> bytes:
    """A valid feed of one article."""
    spaces = (
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    )
    article = ARTICLE % inside
    return f'{head}<rss version="2.0" {spaces}><channel><title>c</title>{channel}{article}</channel></rss>'.encode()


def read(body: bytes) -> News | Outcome:
    try:
        return OUTLET.read(respond(body))
    except Failure as failure:
        return failure.outcome


def titles(body: bytes) -> list[str]:
    found = read(body)
    return [article.title for article in found.articles] if isinstance(found, News) else [str(found)]


def repeated(text: str, size: int = 100_000) -> str:
    return text * (size // len(text))


HOSTILE = {
    **{
        f"{tag} of {text!r}": feed(f"<{tag}>{repeated(text)}@</{tag}>")
        for tag in ("author", "dc:creator", "description", "content:encoded", "pubDate", "guid", "category")
        for text in (
            "a.",
            "a ",
            "&lt;!--",
            "&lt;div&gt;",
            "&lt;a ",
            "&lt;b&gt;&lt;a&gt;",
            "&#38;",
            "1:",
            "(",
            "&amp;#x",
        )
    },
    **{
        f"CDATA of {text!r}": feed(f"<description><![CDATA[{repeated(text)}]]></description>")
        for text in ("<!--", "<![x[", "<a ", "<a b='", "<?", "&", "&#x", "<div>", "<b></p>", "</p>", "<p style='a:b;'>")
    },
    "managing editor": feed(channel=f"<managingEditor>{repeated('a.')}@</managingEditor>"),
    "attributes": feed("<description " + " ".join(f"a{n}='1'" for n in range(120_000)) + ">x</description>"),
    "attributes of one prefix": feed(
        "<description " + " ".join(f"dc:a{n}='1'" for n in range(60_000)) + ">x</description>"
    ),
    "namespaces": feed("<description " + " ".join(f"xmlns:a{n}='u{n}'" for n in range(40_000)) + ">x</description>"),
    "a long attribute": feed(f"<enclosure url='{repeated('a', 1_500_000)}' type='image/png'/>"),
    "depth": feed(repeated("<x>", 60_000) + repeated("</x>", 80_000)),
    "many pictures": feed(repeated("<media:content url='https://a.example/b' type='image/png'/>", 1_900_000)),
    "many authors": feed(repeated("<dc:creator>someone</dc:creator>", 700_000)),
    "many articles": feed(channel=repeated(ARTICLE % "<description>x</description>", 300_000)),
    "many nested texts": feed(
        channel="".join(ARTICLE % f"<description>{repeated('&lt;div&gt;', 80_000)}</description>" for _ in range(23))
    ),
    "not quite XML": feed(f"<description>&nbsp;{repeated('&', 500_000)}</description>"),
    "not XML": feed(f"<description>&nbsp;{repeated('<a ', 100_000)}"),
    "unclosed": feed(repeated("<![CDATA[", 400_000)),
    "comments": feed(repeated("<!-- x -->", 400_000)),
    "instructions": feed(repeated("<?a b?>", 300_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_feed_takes_long_to_read(name: str) -> None:
    began = time.thread_time()
    found = read(HOSTILE[name])
    assert time.thread_time() - began < BOUND_S
    assert isinstance(found, News) or found is Outcome.BROKEN


def test_what_an_article_says_is_bounded_whatever_its_feed_says() -> None:
    found = read(feed(repeated("<dc:creator>a b</dc:creator>", 200_000) + repeated("<category>c</category>", 200_000)))
    assert isinstance(found, News)
    assert len(found.articles[0].authors) <= feed_xml.MAX_VALUES
    assert len(found.articles[0].categories) <= articles.MOST_TAGS
    assert len(OUTLET.read(respond(HOSTILE["many articles"])).articles) == feed_xml.MAX_ENTRIES


@pytest.mark.parametrize("tag", ["title", "link", "description", "pubDate", "author", "category"])
def test_of_each_element_a_bounded_part_is_kept(tag: str) -> None:
    (entry,) = feed_xml.read_feed(feed(f"<{tag}>{repeated('ab', 90_000)}</{tag}>")).entries
    texts = [*entry.texts.values(), *entry.authors, *(term for term, _ in entry.tags)]
    assert max(map(len, texts)) <= max(feed_xml.LONGEST.values())


# -- each limit alone: the same feed just below it is read ------------------------------------------------------------


def test_a_feed_over_the_limit_of_bytes_is_broken() -> None:
    room = feed_xml.MAX_BYTES - len(feed())
    assert titles(feed(" " * room)) == ["A title"]
    assert titles(feed(" " * (room + 1))) == ["broken"]


def test_a_feed_over_the_limit_of_tags_is_broken() -> None:
    room = (feed_xml.MAX_TAGS - feed().count(b"<")) // 2
    assert titles(feed("<x></x>" * room)) == ["A title"]
    assert titles(feed("<x></x>" * (room + 1))) == ["broken"]


def test_a_feed_over_the_limit_of_depth_is_broken() -> None:
    room = feed_xml.MAX_DEPTH - 3
    assert titles(feed("<x>" * room + "</x>" * room)) == ["A title"]
    assert titles(feed("<x>" * (room + 1) + "</x>" * (room + 1))) == ["broken"]


@pytest.mark.parametrize("encoding", ["utf-7", "utf-16", "shift_jis", "hz", "idna", "rot13", "zlib"])
def test_a_feed_in_an_unusual_encoding_is_broken(encoding: str) -> None:
    assert titles(feed(head=f'<?xml version="1.0" encoding="{encoding}"?>')) == ["broken"]


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "iso-8859-1", "us-ascii"])
def test_a_feed_in_a_usual_encoding_is_read(encoding: str) -> None:
    assert titles(feed(head=f"<?xml version='1.0' encoding='{encoding}'?>")) == ["A title"]


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE rss>",
        '<!DOCTYPE rss SYSTEM "https://a.example/x.dtd">',
        '<!DOCTYPE rss [<!ENTITY a "b">]>',
        "<!DOCTYPE rss [<!ELEMENT rss ANY>]>",
    ],
)
def test_a_feed_with_a_document_type_is_broken(declaration: str) -> None:
    assert titles(feed(head=declaration)) == ["broken"]
    assert titles(feed("&nbsp;", head=declaration)) == ["broken"]


# -- what looks hostile and is not ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["<!ENTITY x 'y'>", "<!DOCTYPE html>", "<!ELEMENT a>"])
def test_an_article_about_declarations_is_read(text: str) -> None:
    assert titles(feed(f"<description><![CDATA[How {text} works]]></description>")) == ["A title"]
    assert titles(feed(f"<!-- {text} -->")) == ["A title"]


def test_html_entities_bare_ampersands_and_undeclared_prefixes_are_repaired() -> None:
    text = "<description>Caf&eacute;&nbsp;R&D at 5 &lt; 6\x08</description><slash:comments>2</slash:comments>"
    body = feed(text).replace(b' xmlns:dc="http://purl.org/dc/elements/1.1/"', b"").replace(b"slash:", b"dc:")
    found = OUTLET.read(respond(body))
    assert found.articles[0].summary == "Café R&D at 5 < 6"


def test_markup_inside_an_atom_text_stays_markup() -> None:
    body = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title><link href="https://a.example/1"/><author>'
        b"<name>Ann</name><uri>https://a.example/ann</uri></author><content type='xhtml'>"
        b'<div xmlns="http://www.w3.org/1999/xhtml"><p>One.</p><p>2 &lt; 3</p></div></content></entry></feed>'
    )
    (article,) = OUTLET.read(respond(body)).articles
    assert (article.summary, article.authors) == ("One. 2 < 3", ("Ann",))


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("mail@a.example (Ann Author)", ("Ann Author",)),
        ("Ann Author &lt;mail@a.example&gt;", ("Ann Author",)),
        ("Ann Author", ("Ann Author",)),
        ("mail@a.example", ()),
    ],
)
def test_of_an_author_the_name_is_shown_and_no_address(author: str, names: tuple[str, ...]) -> None:
    assert OUTLET.read(respond(feed(f"<author>{author}</author>"))).articles[0].authors == names
