"""Routes of watchlists, alerts and the inbox: pages and REST resources."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from alerts.api.price_alerts import AlertViewSet, EventViewSet
from alerts.api.watchlist_actions import WatchlistView
from alerts.api.watchlists import WatchlistViewSet
from alerts.views import inbox, price_alerts, suggestions, watchlist

app_name = "alerts"

router = SimpleRouter(use_regex_path=False)
router.register("watchlists", WatchlistViewSet, basename="api_watchlist")
router.register("alerts/events", EventViewSet, basename="api_event")
router.register("alerts", AlertViewSet, basename="api_alert")

urlpatterns = [
    path("watchlist/", watchlist.page, name="watchlist"),
    path("watchlist/new/", watchlist.create, name="watchlist_create"),
    path("watchlist/<int:pk>/", watchlist.page, name="watchlist_named"),
    path("watchlist/<int:pk>/prices/", watchlist.prices, name="watchlist_prices"),
    path("watchlist/<int:pk>/add/", watchlist.add, name="watchlist_add"),
    path("watchlist/<int:pk>/change/", watchlist.change, name="watchlist_change"),
    path("watchlist/<int:pk>/delete/", watchlist.delete, name="watchlist_delete"),
    path("coins/suggestions/", suggestions.suggestions, name="suggestions"),
    path("alerts/", price_alerts.page, name="alerts"),
    path("alerts/states/", price_alerts.states, name="alert_states"),
    path("alerts/price/", price_alerts.current_price, name="price_now"),
    path("alerts/<int:pk>/", price_alerts.edit, name="alert"),
    path("alerts/<int:pk>/switch/", price_alerts.switch, name="alert_switch"),
    path("alerts/<int:pk>/delete/", price_alerts.delete, name="alert_delete"),
    path("inbox/", inbox.page, name="inbox"),
    path("inbox/read/", inbox.read, name="inbox_read"),
    path("inbox/badge/", inbox.badge, name="inbox_badge"),
    path("api/watchlist", WatchlistView.as_view(), name="api_one_watchlist"),
    path("api/", include(router.urls)),
]
