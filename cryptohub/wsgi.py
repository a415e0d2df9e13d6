"""The web process: Granian loads this after it has forked, so this is where threads may start."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryptohub.settings")

application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402 - settings are there only now

from providers.state import runtime  # noqa: E402 - models can be imported only now

_ = get_resolver().url_patterns  # every view is imported now, and not while the first who ask wait
runtime.start()
