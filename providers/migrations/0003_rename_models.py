"""Rename models to the terms of the field, with their permissions, so that groups keep access.

Django renames content types along with a model but not the codenames of its permissions.
"""

import django.db.models.deletion
from django.db import migrations, models

RENAMED = (
    ("parking", "cooldown"),
    ("witness", "peer price"),
    ("dialect", "request format"),
    ("seeded", "seeded item"),
)


def rename_permissions(pairs):
    def run(apps, schema_editor):
        Permission = apps.get_model("auth", "Permission")
        permissions = Permission.objects.using(schema_editor.connection.alias)
        for old, new in pairs:
            for action in ("add", "change", "delete", "view"):
                codename = f"{action}_{old.replace(' ', '')}"
                permissions.filter(content_type__app_label="providers", codename=codename).update(
                    codename=f"{action}_{new.replace(' ', '')}", name=f"Can {action} {new}"
                )

    return run


class Migration(migrations.Migration):

    dependencies = [
        ("providers", "0002_dialects"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RenameModel("Parking", "Cooldown"),
        migrations.RenameModel("Witness", "PeerPrice"),
        migrations.RenameModel("Dialect", "RequestFormat"),
        migrations.RenameModel("Seeded", "SeededItem"),
        migrations.AlterModelOptions("seededitem", {"ordering": ["key"]}),
        migrations.AlterModelOptions("peerprice", {"ordering": ["asset", "lineage"], "verbose_name_plural": "peer prices"}),
        migrations.AlterModelOptions("requestformat", {"verbose_name": "request format"}),
        migrations.AlterField(
            "requestformat",
            "provider",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="request_format", to="providers.provider"
            ),
        ),
        migrations.RunPython(rename_permissions(RENAMED), rename_permissions([(new, old) for old, new in RENAMED])),
    ]
