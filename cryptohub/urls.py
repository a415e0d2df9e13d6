"""URL configuration of the project."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from rest_framework.routers import SimpleRouter

from cryptohub.accounts import key_views as key_pages
from cryptohub.accounts import views
from cryptohub.api import docs, key_views
from cryptohub.ops import health

router = SimpleRouter(use_regex_path=False)
router.register("keys", key_views.KeyViewSet, basename="api_key")

RENAMED_IN_ADMIN = {
    "providers/parking": "providers/cooldown",
    "providers/witness": "providers/peerprice",
    "cryptohub/tally": "cryptohub/ratecounter",
}
"""Admin addresses of release 1.0, redirected to their new ones."""

urlpatterns = [
    *(
        path(f"admin/{old}/<path:rest>", RedirectView.as_view(url=f"/admin/{new}/%(rest)s", query_string=True))
        for old, new in RENAMED_IN_ADMIN.items()
    ),
    *(
        path(f"admin/{old}/", RedirectView.as_view(url=f"/admin/{new}/", query_string=True))
        for old, new in RENAMED_IN_ADMIN.items()
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
