"""Give the accounts of release 1.0 their e-mail addresses in django-allauth."""

from django.db import migrations


def add_addresses(apps, schema_editor):
    """Take each user's address as confirmed, as alerts have been sent there; one that two users share is the first's."""
    users = apps.get_model("auth", "User").objects.using(schema_editor.connection.alias)
    addresses = apps.get_model("account", "EmailAddress").objects.using(schema_editor.connection.alias)
    confirmed = {email.casefold() for email in addresses.filter(verified=True).values_list("email", flat=True)}
    known = set(addresses.values_list("user_id", flat=True))
    rows = []
    for user in users.exclude(email="").order_by("id").iterator():
        if user.pk in known:
            continue
        email = user.email.lower()
        is_first = email not in confirmed
        confirmed.add(email)
        rows.append(addresses.model(user_id=user.pk, email=email, primary=True, verified=is_first))
    addresses.bulk_create(rows, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("cryptohub", "0003_invitations"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [migrations.RunPython(add_addresses, migrations.RunPython.noop)]
