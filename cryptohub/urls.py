"""URL configuration of the project."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from rest_framework.routers import SimpleRouter

from cryptohub.accounts import key_views as key_pages
from cryptohub.accounts import views
from cryptohub.api import docs, key_views
from cryptohub.ops import health

router = SimpleRouter(use_regex_path=False)
router.register("keys", key_views.KeyViewSet, basename="api_key")

urlpatterns = [
    # The admin's address of cooldowns in release 1.0.
    re_path(
        r"^admin/providers/parking/(?P<rest>.*)$",
        RedirectView.as_view(url="/admin/providers/cooldown/%(rest)s", query_string=True),
    ),
    path("", include("markets.urls")),
    path("", include("alerts.urls")),
    path("", include("providers.urls")),
    path("accounts/keys/", key_pages.page, name="keys"),
    path("accounts/keys/<slug:prefix>/revoke/", key_pages.revoke, name="key_revoke"),
    path("accounts/", include(views.urlpatterns)),
    path("api/", include(router.urls)),
    path("admin/", admin.site.urls),
    path("api/schema/", docs.schema, name="schema"),
    path("api/docs/", docs.swagger, name="docs"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]

handler400 = "cryptohub.api.errors.bad_request"
handler403 = "cryptohub.api.errors.permission_denied"
handler404 = "cryptohub.api.errors.page_not_found"
handler500 = "cryptohub.api.errors.server_error"
