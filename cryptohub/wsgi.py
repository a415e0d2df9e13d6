"""The application of the web process, for WSGI and for RSGI.

Granian forks before it loads this module, so threads may start here.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryptohub.settings")
django.setup(set_prefix=False)

from cryptohub.gateway.rsgi import Gateway  # noqa: E402 - models can be imported only after setup
from cryptohub.public_handler import get_application  # noqa: E402 - likewise
from providers.state import runtime  # noqa: E402 - likewise

application = Gateway(get_application())  # walks the URL conf, so every view is imported before the first request
runtime.start()
