"""Sharing and versions: their actions, and the permission, which Maintainers and Administrators get."""

from typing import Any

from django.db import migrations, models

PERMISSION = ("publish_models", "Can share models and manage their versions")
ROLES = ["Maintainer", "Administrator"]


def give_permission(apps: Any, schema_editor: Any) -> None:
    using = schema_editor.connection.alias
    content_type, _ = (
        apps.get_model("contenttypes", "ContentType")
        .objects.using(using)
        .get_or_create(app_label="models_admin", model="activity")
    )
    codename, name = PERMISSION
    permission, _ = (
        apps.get_model("auth", "Permission")
        .objects.using(using)
        .get_or_create(content_type=content_type, codename=codename, defaults={"name": name})
    )
    for group in apps.get_model("auth", "Group").objects.using(using).filter(name__in=ROLES):
        group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("models_admin", "0013_audit_event")]
    operations = [
        migrations.AlterModelOptions(
            name="activity",
            options={
                "default_permissions": (),
                "ordering": ["-id"],
                "permissions": [
                    ("read_models", "Can see models and the activity"),
                    ("edit_models", "Can edit, revalidate and undo"),
                    ("delete_models", "Can delete models"),
                    ("publish_models", "Can share models and manage their versions"),
                    ("manage_team", "Can manage accounts and roles"),
                ],
                "verbose_name_plural": "activity",
            },
        ),
        migrations.AlterField(
            model_name="activity",
            name="action",
            field=models.CharField(
                choices=[
                    ("edit", "Edit"),
                    ("undo", "Undo"),
                    ("revalidate", "Revalidate"),
                    ("delete", "Delete"),
                    ("share", "Share"),
                    ("unshare", "Unshare"),
                    ("version", "New version"),
                    ("promote", "Make latest"),
                ],
                max_length=16,
            ),
        ),
        migrations.RunPython(give_permission, migrations.RunPython.noop),
    ]
