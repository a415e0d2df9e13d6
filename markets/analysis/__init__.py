"""Indicators, forecasts, backtests, sentiment, risk and rankings."""
