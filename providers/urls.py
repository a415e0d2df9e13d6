"""The roads to how everyone is."""

from django.urls import path

from providers.api import operator, system

app_name = "providers"
urlpatterns = [
    path("api/system/providers/health", system.ProvidersHealthView.as_view(), name="health"),
    path("api/system/binance/health", system.BinanceHealthView.as_view(), name="binance"),
    path("api/system/circuit-breakers", system.CircuitBreakersView.as_view(), name="breakers"),
    path("api/system/providers/stats", system.ProvidersStatsView.as_view(), name="stats"),
    path("api/system/decisions/<str:decision_id>", operator.DecisionView.as_view(), name="decision"),
    path("api/system/quarantine", operator.QuarantineView.as_view(), name="quarantine"),
]
