"""Every address of the portal."""

from django.urls import path

from avstamning.portal import (
    avtal,
    fakturor,
    hjalp,
    inloggning,
    leveranser,
    logg,
    oversikt,
    ratta,
    samverkan,
    statistik,
    vag,
    vardkontakter,
)

app_name = "portal"
urlpatterns = [
    path("", oversikt.start, name="start"),
    path("logga-in/", inloggning.LoginPage.as_view(), name="login"),
    path("logga-ut/", inloggning.LogoutPage.as_view(), name="logout"),
    path("byt/", inloggning.choose, name="byt"),
    path("sok/", vardkontakter.search, name="sok"),
    path("vardkontakter/", vardkontakter.listing, name="vardkontakter"),
    path("vardkontakter/excel/", vardkontakter.export, name="vardkontakter_excel"),
    path("vardkontakter/avvisade/", vardkontakter.refused, name="avvisade"),
    path("vardkontakter/<uuid:uuid>/", vag.explanation, name="vag"),
    path("vardkontakter/<uuid:uuid>/pengar/", vag.money, name="vag_pengar"),
    path("vardkontakter/<uuid:uuid>/versioner/", vag.versions, name="vag_versioner"),
    path("vardkontakter/<uuid:uuid>/kvittenser/", vag.receipts, name="vag_kvittenser"),
    path("vardkontakter/<uuid:uuid>/meddelande/", vag.message, name="vag_meddelande"),
    path("vardkontakter/<uuid:uuid>/visa/", vag.reveal, name="visa"),
    path("ratta/", ratta.worklist, name="ratta"),
    path("fakturor/", fakturor.invoice_list, name="fakturor"),
    path("fakturor/kommande/", fakturor.coming, name="faktura_kommande"),
    path("fakturor/<uuid:uuid>/", fakturor.invoice, name="faktura"),
    path("fakturor/<uuid:uuid>/rad/<int:radnr>/", fakturor.line, name="faktura_rad"),
    path("fakturor/<uuid:uuid>/godkann/", fakturor.approve, name="godkann"),
    path("fakturor/<uuid:uuid>/kvitto/", fakturor.receipt, name="kvitto"),
    path("fakturor/<uuid:uuid>/pdf/", fakturor.document, {"slag": "pdf"}, name="faktura_pdf"),
    path(
        "fakturor/<uuid:uuid>/peppol/", fakturor.document, {"slag": "peppol"}, name="faktura_peppol"
    ),
    path("samverkan/", samverkan.participations, name="samverkan"),
    path("aktiviteter/", samverkan.activities, name="aktiviteter"),
    path("statistik/", statistik.statistics, name="statistik"),
    path("statistik/excel/", statistik.export, name="statistik_excel"),
    path("avtal/", avtal.contracts, name="avtal"),
    path("avtal/<slug:omrade>/regler/", avtal.rules, name="regler"),
    path("leveranser/", leveranser.senders, name="leveranser"),
    path("logg/", logg.log, name="logg"),
    path("hjalp/", hjalp.help_page, name="hjalp"),
    path("hjalp/orsaker/", hjalp.reasons, name="hjalp_orsaker"),
    path("tillganglighet/", hjalp.accessibility, name="tillganglighet"),
    path("utvecklare/fel/", hjalp.error_catalogue, name="felkatalog"),
    path("utvecklare/fel/<slug:kod>", hjalp.error_page, name="felkod"),
]
