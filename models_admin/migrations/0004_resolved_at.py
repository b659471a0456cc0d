from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("models_admin", "0003_attempt")]

    operations = [
        migrations.RenameField("activity", "settled_at", "resolved_at"),
    ]
