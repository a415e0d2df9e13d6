"""Evaluation of price alerts against fresh prices."""
