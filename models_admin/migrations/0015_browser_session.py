"""Where people are signed in. Sessions that are open already are listed with what they hold: person and beginning."""

from datetime import datetime, timezone
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from models_admin.access.sessions import BEGAN, SessionStore


def list_open_sessions(apps: Any, schema_editor: Any) -> None:
    using = schema_editor.connection.alias
    people = set(apps.get_model("auth", "User").objects.using(using).values_list("pk", flat=True))
    found = []
    for row in apps.get_model("sessions", "Session").objects.using(using).iterator():
        content = SessionStore().decode(row.session_data)
        user, began = str(content.get("_auth_user_id", "")), content.get(BEGAN)
        if user.isdecimal() and int(user) in people and isinstance(began, int):
            at = datetime.fromtimestamp(began, tz=timezone.utc)
            found.append({"session_id": row.session_key, "user_id": int(user), "began_at": at})
    table = apps.get_model("models_admin", "BrowserSession").objects.using(using)
    table.bulk_create([table.model(**one) for one in found], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("models_admin", "0014_publishing"),
        ("sessions", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="BrowserSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("began_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("address", models.GenericIPAddressField(null=True)),
                ("user_agent", models.CharField(blank=True, max_length=300)),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="sessions.session"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"default_permissions": ()},
        ),
        migrations.RunPython(list_open_sessions, migrations.RunPython.noop),
    ]
