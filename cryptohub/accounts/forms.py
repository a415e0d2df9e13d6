"""Forms of django-allauth with this hub's fields."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account_forms
from allauth.core.exceptions import ImmediateHttpResponse
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import render

from cryptohub.accounts import invitations


class LoginForm(account_forms.LoginForm):
    """Sign-in form. The name may also be sent as ``username``, the field's name in release 1.0."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        data = kwargs.get("data")
        if data and "login" not in data and "username" in data:
            kwargs["data"] = data.copy()
            kwargs["data"]["login"] = data["username"]
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Name or e-mail address"
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignUpForm(account_forms.SignupForm):
    """Form for a new account: name, e-mail address for alerts, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = "Price alerts are sent here."
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def try_save(self, request: HttpRequest) -> Any:
        """Save the account and use up the invitation, both or neither."""
        try:
            with transaction.atomic():
                return super().try_save(request)
        except invitations.Spent:
            raise ImmediateHttpResponse(render(request, "account/signup_closed.html", status=409)) from None
