"""Addresses of the account pages: django-allauth's, those of API keys, and one of release 1.0."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from cryptohub.accounts import key_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("keys/", key_views.page, name="keys"),
    path("keys/<slug:prefix>/revoke/", key_views.revoke, name="key_revoke"),
    path("password/", RedirectView.as_view(pattern_name="account_change_password")),
]
if not settings.SENDS_MAIL:
    urlpatterns.append(path("password/reset/", views.reset_by_operator))
urlpatterns += [
    path("2fa/", include("allauth.mfa.urls")),
    path("", include("allauth.account.urls")),
]
