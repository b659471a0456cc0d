from django.apps import AppConfig


class ModelsAdminConfig(AppConfig):
    name = "models_admin"
    verbose_name = "Xerotier Console"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.conf import settings

        if (
            settings.AUDIT_LOG or settings.AUDIT_WEBHOOK_URL
        ):  # first: an account is made, and then given a role
            from models_admin.services import audit_events

            audit_events.start()

        from models_admin import signals  # noqa: F401  # connects the receivers; models must be loaded first

        if settings.METRICS_TOKEN:
            from models_admin.metrics import recording

            recording.start()
