"""Cancelling an upload becomes an action of the activity."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("models_admin", "0015_browser_session")]
    operations = [
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
                ],
                max_length=16,
            ),
        ),
    ]
