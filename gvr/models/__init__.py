"""The register's tables, one file per concept."""

from gvr.models.andring import Andring
from gvr.models.arende import Arende, Deltagandearende
from gvr.models.avsandare import Certifikat, Nekatanrop, Ombud, Rytm
from gvr.models.avtal import Avtal, Avtalsomrade
from gvr.models.formaga import Formagekrav
from gvr.models.handelse import Periodrapport, Vantetid
from gvr.models.kod import Kod, Kodverk
from gvr.models.kodserver import Felmappning, Hsamappning, Kodserverpost, Kunskap
from gvr.models.leverans import Avvisning, Kvittens, Leverans, Maskinkonto
from gvr.models.loggpost import Loggpost
from gvr.models.organisation import Enhet, Enhetsuppdrag, Stamdataversion, Uppdrag, Vardgivare
from gvr.models.regelallvar import Regelallvar
from gvr.models.reservnummer import Reservnummer, Reservnummerkoppling
from gvr.models.samverkan import Aktivitet, Delkvittens, Deltagande, Samverkanstillfalle
from gvr.models.vardkontakt import Ersattningshandelse, Vardkontakt, Vardkontaktversion
from gvr.models.vardtillfalle import Vardtillfallesdel
from gvr.models.webhook import Webhook, Webhooklage, Webhookmeddelande

__all__ = [
    "Aktivitet",
    "Andring",
    "Arende",
    "Avtal",
    "Avtalsomrade",
    "Avvisning",
    "Certifikat",
    "Delkvittens",
    "Deltagande",
    "Deltagandearende",
    "Enhet",
    "Enhetsuppdrag",
    "Ersattningshandelse",
    "Felmappning",
    "Formagekrav",
    "Hsamappning",
    "Kod",
    "Kodserverpost",
    "Kodverk",
    "Kunskap",
    "Kvittens",
    "Leverans",
    "Loggpost",
    "Maskinkonto",
    "Nekatanrop",
    "Ombud",
    "Periodrapport",
    "Regelallvar",
    "Reservnummer",
    "Reservnummerkoppling",
    "Rytm",
    "Samverkanstillfalle",
    "Stamdataversion",
    "Uppdrag",
    "Vantetid",
    "Vardgivare",
    "Vardkontakt",
    "Vardkontaktversion",
    "Vardtillfallesdel",
    "Webhook",
    "Webhooklage",
    "Webhookmeddelande",
]
