"""The four roles. Django makes permissions only after all migrations, so this one makes those it needs."""

from typing import Any

from django.db import migrations

PERMISSIONS = {
    "read_models": "Can see models and the activity",
    "edit_models": "Can edit, revalidate and undo",
    "delete_models": "Can delete models",
    "manage_team": "Can manage accounts and roles",
}
ROLES = {
    "Viewer": ["read_models"],
    "Editor": ["read_models", "edit_models"],
    "Maintainer": ["read_models", "edit_models", "delete_models"],
    "Administrator": ["read_models", "edit_models", "delete_models", "manage_team"],
}


def make_roles(apps: Any, schema_editor: Any) -> None:
    using = schema_editor.connection.alias
    content_type, _ = (
        apps.get_model("contenttypes", "ContentType")
        .objects.using(using)
        .get_or_create(app_label="models_admin", model="activity")
    )
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    made = {
        codename: permissions.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )[0]
        for codename, name in PERMISSIONS.items()
    }
    groups = apps.get_model("auth", "Group").objects.using(using)
    for role, codenames in ROLES.items():
        group, _ = groups.get_or_create(name=role)
        group.permissions.add(*[made[codename] for codename in codenames])


class Migration(migrations.Migration):
    dependencies = [
        ("models_admin", "0001_activity"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    # Going back keeps the roles: people are in them.
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
