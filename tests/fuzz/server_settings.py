"""The hub's settings, with static files by their names: nothing was collected for this process."""

from __future__ import annotations

from cryptohub.settings import *  # noqa: F403 - settings are extended this way
from cryptohub.settings import STORAGES

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
