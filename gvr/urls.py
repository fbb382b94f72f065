"""Every address. Other apps are named as strings only."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("gvr.api.urls")),
    path("", include("avstamning.portal.urls")),
]
