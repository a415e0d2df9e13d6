"""The roads to how everyone is."""

from django.urls import path

from providers import operator_views, views

app_name = "providers"
urlpatterns = [
    path("api/system/providers/health", views.ProvidersHealthView.as_view(), name="health"),
    path("api/system/binance/health", views.BinanceHealthView.as_view(), name="binance"),
    path("api/system/circuit-breakers", views.CircuitBreakersView.as_view(), name="breakers"),
    path("api/system/providers/stats", views.ProvidersStatsView.as_view(), name="stats"),
    path("api/system/decisions/<str:decision_id>", operator_views.DecisionView.as_view(), name="decision"),
    path("api/system/quarantine", operator_views.QuarantineView.as_view(), name="quarantine"),
]
