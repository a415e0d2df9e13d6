"""The page of a user's keys: make one, see it once, revoke it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from alerts.views.access import MemberRequest, member_only
from cryptohub.api import keys
from cryptohub.api.key_scopes import KeyScope
from cryptohub.models import MAX_NAME, ApiKey

LIVES = [("7", "A week"), ("30", "30 days"), ("90", "90 days"), ("365", "A year")]


class KeyForm(forms.Form):
    """A new key. Only operators are offered the operators' scope."""

    name = forms.CharField(
        max_length=MAX_NAME, label="Name", widget=forms.TextInput(attrs={"placeholder": "What will use it?"})
    )
    scope = forms.ChoiceField(label="May", initial=KeyScope.MARKET.value, widget=forms.RadioSelect)
    days = forms.TypedChoiceField(label="Expires after", choices=LIVES, coerce=int, initial=str(keys.DEFAULT_DAYS))

    def __init__(self, *args: Any, staff: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["scope"]
        field.choices = [(value, told) for value, told in KeyScope.choices() if staff or value != KeyScope.OPERATE]


@never_cache
@sensitive_variables("made")
@require_http_methods(["GET", "POST"])
@member_only
def page(request: MemberRequest) -> HttpResponse:
    """All keys, and the form for another. The answer to the form is the one place where the new key stands."""
    form = KeyForm(request.POST or None, staff=request.user.is_staff)
    made = _made(request, form) if request.method == "POST" and form.is_valid() else None
    if made is not None:
        form = KeyForm(staff=request.user.is_staff)
    shown = _context(request) | {"form": form, "made": made}
    return render(request, "keys/_keys.html" if request.htmx else "keys/keys.html", shown)


@require_POST
@member_only
def revoke(request: MemberRequest, prefix: str) -> HttpResponse:
    """The key stops working; one that is gone already is no error."""
    ApiKey.objects.owned_by(request.user).filter(token_key=prefix).delete()
    if not request.htmx:
        return redirect("keys")
    return render(request, "keys/_list.html", _context(request))


def _made(request: MemberRequest, form: KeyForm) -> dict[str, Any] | None:
    asked = form.cleaned_data
    try:
        row, key = keys.create(request.user, asked["name"], KeyScope(asked["scope"]), asked["days"])
    except ValidationError as refused:
        form.add_error(None, refused)
        return None
    return {"row": row, "key": key}


def _context(request: MemberRequest) -> dict[str, Any]:
    now = timezone.now()
    mine = ApiKey.objects.owned_by(request.user)
    return {"keys": [(key, KeyScope(key.scope).label, key.has_expired(now)) for key in mine], "most": keys.MAX_KEYS}
