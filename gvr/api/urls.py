"""The addresses under /api/v1/."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from gvr.api import (
    aterstallning,
    avsandare,
    reservnummer,
    samverkan,
    vantetider,
    vardhandelser,
    vardperioder,
    vardtillfallen,
    vyer,
    webhookar,
)

app_name = "api"

urlpatterns = [
    path("vardkontakter", vyer.Vardkontakter.as_view(), name="vardkontakter"),
    path("vardkontakter/batch", vyer.Vardkontaktbatch.as_view(), name="batch"),
    path("vardkontakter/<str:vardhandelse_id>", vyer.Vardkontakt.as_view(), name="vardkontakt"),
    path("leveranser/ersmoindata", vyer.Ersmoindata.as_view(), name="ersmoindata"),
    path("leveranser/<uuid:uuid>", avsandare.EnLeverans.as_view(), name="leverans"),
    path("anropslogg", avsandare.Anropsloggvy.as_view(), name="anropslogg"),
    path("kvittenser", vyer.Kvittenser.as_view(), name="kvittenser"),
    path("anslutningstest", avsandare.Anslutningstest.as_view(), name="anslutningstest"),
    *vardtillfallen.ADRESSER,
    *vardperioder.ADRESSER,
    *vantetider.ADRESSER,
    *reservnummer.ADRESSER,
    path("sandlada/aterstallning", aterstallning.Aterstallning.as_view(), name="aterstallning"),
    *vardhandelser.ADRESSER,
    *samverkan.ADRESSER,
    *webhookar.ADRESSER,
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    re_path(r"", vyer.HittasInte.as_view(), name="hittas_inte"),
]
