"""URL configuration of the project."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from rest_framework.routers import SimpleRouter

from cryptohub.api import docs, key_views
from cryptohub.ops import health

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign, no-untyped-call]  # documented so

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
    path("accounts/", include("cryptohub.accounts.urls")),
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
