"""Every address of the console. SURFACE names are fixed; a view module's own lines stand together.

Fixed words ("rows", "export.csv") come before `<model_id>`, so that no model can take their place.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, register_converter

from models_admin.converters import FieldNameConverter, ModelIdConverter
from models_admin.views import connect, session

register_converter(ModelIdConverter, "model_id")
register_converter(FieldNameConverter, "field_name")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", session.home, name="home"),
    path("sign-in/", session.sign_in, name="sign-in"),
    path("sign-out/", session.sign_out, name="sign-out"),
    path("account/", session.account, name="account"),
    path("connect/", connect.connect, name="connect"),
    path("connect/use/", connect.connection_use, name="connection-use"),
    path("connect/forget/", connect.connection_forget, name="connection-forget"),
]
