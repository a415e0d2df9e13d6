"""Account pages beside django-allauth's."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def reset_by_operator(request: HttpRequest) -> HttpResponse:
    """Say that this hub sends no e-mail, so that an operator makes the link to reset a password."""
    return render(request, "account/password_reset_by_operator.html")
