"""Routes of the market pages and of the market API."""

from django.urls import path

from markets import views as pages
from markets.api.views.analyze import AnalyzeView
from markets.api.views.anomalies import PriceAlertsView
from markets.api.views.backtest import BacktestView
from markets.api.views.cache_stats import CacheStatsView
from markets.api.views.candles import ChartView, HistoryView, OhlcvView
from markets.api.views.correlations import CorrelationsView
from markets.api.views.indicators import IndicatorsView
from markets.api.views.listings import (
    CategoriesView,
    CoinDetailsView,
    CoinListView,
    CoinSearchView,
    ExchangesView,
    GainersView,
    GlobalView,
    LosersView,
)
from markets.api.views.news import CoinNewsView, EventsView, LatestNewsView
from markets.api.views.predictions import ModelsView, PredictionsView
from markets.api.views.prices import PricesView
from markets.api.views.sentiment import CoinSentimentView
from markets.api.views.simulate import SimulateView
from markets.api.views.social import SocialSentimentView, TrendingView
from markets.api.views.trading import OrderBookView, VolumeView

app_name = "markets"
urlpatterns = [
    path("", pages.home, name="home"),
    path("_prices/", pages.prices_partial, name="home_prices"),
    path("status/", pages.status, name="status"),
    path("_status/", pages.status_partial, name="status_links"),
    path("api/prices", PricesView.as_view(), name="prices"),
    path("api/ohlcv/<str:coin>", OhlcvView.as_view(), name="ohlcv"),
    path("api/coins/search", CoinSearchView.as_view(), name="coin_search"),
    path("api/coins/<str:coin>/details", CoinDetailsView.as_view(), name="coin_details"),
    path("api/metadata/coins", CoinListView.as_view(), name="coin_list"),
    path("api/market/gainers", GainersView.as_view(), name="gainers"),
    path("api/market/losers", LosersView.as_view(), name="losers"),
    path("api/market/global", GlobalView.as_view(), name="global_market"),
    path("api/market/categories", CategoriesView.as_view(), name="categories"),
    path("api/exchanges", ExchangesView.as_view(), name="exchanges"),
    path("api/coins/<str:coin>/history", HistoryView.as_view(), name="history"),
    path("api/coins/<str:coin>/chart", ChartView.as_view(), name="chart"),
    path("api/trading/orderbook", OrderBookView.as_view(), name="orderbook"),
    path("api/trading/volume", VolumeView.as_view(), name="volume"),
    path("api/news/latest", LatestNewsView.as_view(), name="latest_news"),
    path("api/news/<str:coin>", CoinNewsView.as_view(), name="coin_news"),
    path("api/events", EventsView.as_view(), name="events"),
    path("api/ai/sentiment/<str:coin>", CoinSentimentView.as_view(), name="coin_sentiment"),
    path("api/social/trending", TrendingView.as_view(), name="social_trending"),
    path("api/social/sentiment", SocialSentimentView.as_view(), name="social_sentiment"),
    path("api/indicators/<str:coin>", IndicatorsView.as_view(), name="indicators"),
    path("api/backtest", BacktestView.as_view(), name="backtest"),
    path("api/correlations", CorrelationsView.as_view(), name="correlations"),
    path("api/ai/predictions/<str:coin>", PredictionsView.as_view(), name="predictions"),
    path("api/ai/analyze", AnalyzeView.as_view(), name="analyze"),
    path("api/ai/models", ModelsView.as_view(), name="models"),
    path("api/portfolio/simulate", SimulateView.as_view(), name="simulate"),
    path("api/cache/stats", CacheStatsView.as_view(), name="cache_stats"),
    path("api/alerts/prices", PriceAlertsView.as_view(), name="price_alerts"),
]
