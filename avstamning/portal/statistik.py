"""The statistics page and its workbook."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from avstamning.core import ord as ordval
from avstamning.portal.excel import Kolumn, workbook
from avstamning.portal.sidor import Besok, show, sida
from avstamning.queries import statistik

#: The table's columns, on the screen and in Excel.
KOLUMNER = (
    Kolumn("Månad", "text", 18, lambda rad: ordval.month_name(rad.manad).replace("\u00a0", " ")),
    Kolumn("Vårdkontakter", "antal", 14, lambda rad: rad.antal),
    Kolumn("Ger ersättning", "antal", 14, lambda rad: rad.ersatta),
    Kolumn("Utan ersättning", "antal", 14, lambda rad: rad.utan),
    Kolumn("Andel utan", "text", 12, lambda rad: rad.andel_utan.replace("\u00a0", " ")),
    Kolumn("Produktion i vårdmånaden (kr)", "belopp", 22, lambda rad: rad.produktion),
    Kolumn("Bokfört i månaden (kr)", "belopp", 20, lambda rad: rad.bokfort),
)


@require_safe
@sida
def statistics(request: HttpRequest, besok: Besok) -> HttpResponse:
    """Show twelve months of production and payment, and what gives no payment. No patients."""
    return show(
        request,
        besok,
        "statistik",
        avdelning="statistik",
        s=statistik.statistics(besok.synfalt, day=besok.dag),
    )


@require_safe
@sida
def export(request: HttpRequest, besok: Besok) -> HttpResponseBase:
    """Download the table of months."""
    siffror = statistik.statistics(besok.synfalt, day=besok.dag)
    return workbook(
        blad="Statistik",
        kolumner=KOLUMNER,
        rader=siffror.manader,
        om=(
            ("Rapport", "Statistik ur Avstämning"),
            ("Vårdgivare", f"{besok.vardgivare.namn} ({besok.vardgivare.orgnr})"),
            ("Enhet", besok.enhet.namn if besok.enhet else "alla enheter i behörigheten"),
            ("Framtagen", f"{besok.dag.isoformat()} {besok.klockslag}"),
            ("Av", besok.anvandare.get_full_name() or besok.anvandare.get_username()),
            ("Produktion", "Kronor för vård i månaden, enligt gällande beslut."),
            ("Bokfört", "Kronor som bokförts i månaden, med återföringar, oavsett vårdmånad."),
        ),
        namn="Statistik",
        at=besok.at,
    )
