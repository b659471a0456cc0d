from django.contrib import admin

from tests.bench.adminsite.models import Model


@admin.register(Model)
class ModelAdmin(admin.ModelAdmin):
    """The plain list: without the filters and figures that the console's page has, which would cost it more."""

    list_display = (
        *("name", "status", "format", "size", "architecture", "quantization", "context", "params", "created"),
    )
    list_per_page = 50
    search_fields = ("name", "description", "architecture", "id")
