from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("models_admin", "0004_list_preference")]

    operations = [
        migrations.RenameField("activity", "settled_at", "resolved_at"),
    ]
