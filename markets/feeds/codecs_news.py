"""News and moods as they are kept and handed on. Pure; see ``kept``."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from markets.feeds.codecs import Codec
from providers.domain.news import Article, FearGreed, MoodQuery, News, NewsQuery


def _encode_news(news: News) -> str:
    return json.dumps([_iso(news.as_of), [_article_row(article) for article in news.articles]], ensure_ascii=False)


def _article_row(article: Article) -> list[Any]:
    plain = [article.title, article.url, article.publisher, article.summary, article.image]
    return [*plain, _iso(article.published_at), article.authors, article.categories, article.tags]


def _decode_news(text: str) -> News:
    as_of, rows = json.loads(text)
    return News(tuple(_article(row) for row in rows), _moment(as_of))


def _article(row: list[Any]) -> Article:
    title, url, publisher, summary, image, published_at, *listed = row
    authors, categories, tags = map(tuple, listed)
    return Article(title, url, publisher, summary, image, _moment(published_at), authors, categories, tags)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


NEWS = Codec(_encode_news, _decode_news, NewsQuery)


def _encode_mood(mood: FearGreed) -> str:
    return json.dumps([mood.index, mood.value, mood.label, _iso(mood.as_of)])


def _decode_mood(text: str) -> FearGreed:
    index, value, label, as_of = json.loads(text)
    return FearGreed(index, value, label, _moment(as_of))


def _mood_query(key: str) -> MoodQuery:
    return MoodQuery()


MOODS = Codec(_encode_mood, _decode_mood, _mood_query)
