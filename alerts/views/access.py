"""Access to the users' pages: for signed-in users only."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

P = ParamSpec("P")
View = Callable[Concatenate["MemberRequest", P], HttpResponseBase]


class MemberRequest(HttpRequest):
    """A request of a signed-in user."""

    user: User
    htmx: HtmxDetails


def _current_page(request: MemberRequest) -> str:
    """Return the path of the page that sent an htmx request, "/" if its header is missing or no URL."""
    try:
        return request.htmx.current_url_abs_path or "/"
    except ValueError:
        return "/"


def member_only(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Redirect visitors to the sign-in page and back; an htmx request redirects the whole page."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        member = cast(MemberRequest, request)
        if request.user.is_authenticated:
            return view(member, *args, **kwargs)
        if member.htmx:
            return HttpResponseClientRedirect(redirect_to_login(_current_page(member)).url)
        return redirect_to_login(request.get_full_path())

    return wrapped
