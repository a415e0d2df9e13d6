"""Rename the model Tally to RateCounter, with its permissions, so that groups keep access."""

from django.db import migrations


def rename(old, new, name):
    def run(apps, schema_editor):
        Permission = apps.get_model("auth", "Permission")
        permissions = Permission.objects.using(schema_editor.connection.alias)
        for action in ("add", "change", "delete", "view"):
            permissions.filter(content_type__app_label="cryptohub", codename=f"{action}_{old}").update(
                codename=f"{action}_{new}", name=f"Can {action} {name}"
            )

    return run


class Migration(migrations.Migration):

    dependencies = [
        ("cryptohub", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RenameModel("Tally", "RateCounter"),
        migrations.AlterModelOptions("ratecounter", {"verbose_name_plural": "rate counters"}),
        migrations.RunPython(rename("tally", "ratecounter", "rate counter"), rename("ratecounter", "tally", "tally")),
    ]
