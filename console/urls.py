from django.urls import include, path

urlpatterns = [path("", include("models_admin.urls"))]
