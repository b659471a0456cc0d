"""Protections: their table and actions, and the permission, which Maintainers and Administrators get."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PERMISSION = ("protect_models", "Can protect models and lift a protection")
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
    dependencies = [
        ("models_admin", "0016_cancel_upload"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Protection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("username", models.CharField(max_length=150)),
                ("project", models.CharField(max_length=128)),
                ("model_id", models.CharField(max_length=128)),
                ("model_name", models.CharField(blank=True, max_length=500)),
                ("reason", models.CharField(max_length=300)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("project", "model_id"), name="protection_once")
                ],
            },
        ),
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
                    ("protect_models", "Can protect models and lift a protection"),
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
                    ("cancel_upload", "Cancel upload"),
                    ("protect", "Protect"),
                    ("unprotect", "Lift protection"),
                ],
                max_length=16,
            ),
        ),
        migrations.RunPython(give_permission, migrations.RunPython.noop),
    ]
