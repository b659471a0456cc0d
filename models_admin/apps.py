from django.apps import AppConfig


class ModelsAdminConfig(AppConfig):
    name = "models_admin"
    verbose_name = "Xerotier Console"
    default_auto_field = "django.db.models.BigAutoField"
