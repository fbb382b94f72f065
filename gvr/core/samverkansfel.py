"""The codes of collaboration (SAM) and of work without patient contact (AKT).

What stops is what can never become right, or what the instruction demands of every report. What
stands between two parties – a contact that has not come, that was cancelled, that is reported
twice – is a remark: each party is right by itself, and only the two together can mend it.
"""

from typing import Final

from gvr.core.avvikelse import Allvar
from gvr.core.felkatalog import VARDGIVARE, Felpost, add

_SAMVERKAN: Final = "Vårdgivarguiden, GVR-tjänst för samverkan"
_REHAB: Final = (
    "Vårdgivarguiden, rapporteringsanvisning Husläkarverksamhet med basal hemsjukvård, "
    "Rehabkoordinator"
)


def _stop(kod: str, titel: str, text: str, atgard: str, *, kalla: str | None = None) -> Felpost:
    """Return an entry that keeps a report out of the register."""
    return Felpost(
        kod=kod,
        titel=titel,
        text=text,
        atgard=atgard,
        agare=VARDGIVARE,
        http=422,
        allvar=Allvar.STOPP,
        kalla=kalla,
    )


def _remark(kod: str, titel: str, text: str, atgard: str, *, kalla: str | None = None) -> Felpost:
    """Return an entry that both parties see and that stops nothing."""
    return Felpost(
        kod=kod,
        titel=titel,
        text=text,
        atgard=atgard,
        agare=VARDGIVARE,
        allvar=Allvar.ANMARKNING,
        kalla=kalla,
    )


add(
    _stop(
        "SAM001",
        "Deltagarens enhet går inte att placera",
        "Enheten har inget uppdrag och avtal som gäller den dagen.",
        "Kontrollera enhet och dag. Är de riktiga: be regionen lägga upp uppdraget.",
        kalla=_SAMVERKAN,
    ),
    _remark(
        "SAM002",
        "Huvudkontakten är inte ett besök",
        "Den vårdkontakt som deltagandet hör till har inte besökstyp A eller B.",
        "Den som har huvudansvaret rättar besökstypen, eller så pekar deltagandet ut rätt "
        "vårdkontakt.",
        kalla=_SAMVERKAN,
    ),
    _remark(
        "SAM003",
        "Huvudkontakten är makulerad",
        "Den vårdkontakt som deltagandet hör till är makulerad.",
        "Makulera deltagandet, eller peka ut den vårdkontakt som gäller.",
        kalla=_SAMVERKAN,
    ),
    _remark(
        "SAM004",
        "Deltagaren har samma avtal som huvudkontakten",
        "Samverkan är när olika avtalsparter medverkar, men deltagaren och huvudkontakten "
        "hör till samma avtal.",
        "Rapportera yrkeskategorin i den egna vårdkontakten i stället.",
        kalla=_SAMVERKAN,
    ),
    _remark(
        "SAM005",
        "Deltagandet och huvudkontakten har olika dag",
        "Deltagandet och huvudkontakten gäller inte samma tillfälle.",
        "Rätta dagen, eller peka ut den vårdkontakt som gäller.",
        kalla=_SAMVERKAN,
    ),
    _remark(
        "SAM006",
        "Deltagandet väntar på sin huvudkontakt",
        "Den vårdkontakt som deltagandet hör till är ännu inte rapporterad.",
        "Inget behöver göras: deltagandet kopplas av sig självt när vårdkontakten kommer.",
        kalla=_SAMVERKAN,
    ),
    _stop(
        "SAM007",
        "Dagen är inte möjlig",
        "Dagen ligger före 1900 eller har ännu inte varit.",
        "Rätta dagen och skicka igen.",
    ),
    _remark(
        "SAM008",
        "Två deltaganden i tillfället har samma avtal",
        "En avtalspart beskriver sin del i ett enda deltagande, med alla yrkeskategorier.",
        "Samla delen i det ena deltagandet och makulera det andra.",
        kalla=_SAMVERKAN,
    ),
    _remark(
        "SAM009",
        "Två vårdkontakter för samma tillfälle",
        "En annan avtalspart har också rapporterat tillfället som vårdkontakt med besökstyp A "
        "eller B. För ett tillfälle rapporteras en enda vårdkontakt.",
        "Kontrollera vem som har huvudansvaret. Den som inte har det makulerar sin vårdkontakt "
        "och rapporterar ett deltagande. Regionen kan säga vilka som har rapporterat.",
        kalla=_SAMVERKAN,
    ),
    _remark(
        "SAM010",
        "Tillfället är rapporterat både som deltagande och som vårdkontakt",
        "Den avtalspart som rapporterat deltagandet har också rapporterat en vårdkontakt för "
        "samma patient vid samma tid.",
        "Är det samma tillfälle: makulera vårdkontakten. Är det två: rätta tiderna.",
        kalla=_SAMVERKAN,
    ),
    _remark(
        "SAM011",
        "Deltagandet och huvudkontakten har olika patient",
        "Deltagandet anger en annan patient än den vårdkontakt som det hör till.",
        "Rätta patienten, eller peka ut den vårdkontakt som gäller.",
        kalla=_SAMVERKAN,
    ),
    _remark(
        "SAM012",
        "Flera vårdkontakter kan vara huvudkontakten",
        "Enheten har den dagen flera vårdkontakter med patienten som har besökstyp A eller B.",
        "Ange klockslaget, eller peka ut vårdkontakten med källsystem och vårdhändelse-id.",
        kalla=_SAMVERKAN,
    ),
    _stop(
        "SAM013",
        "Huvudkontakten är otydligt utpekad",
        "Huvudkontakten pekas ut på ett sätt: med källsystem och vårdhändelse-id, eller med "
        "patient, dag och den huvudansvarigas enhet.",
        "Ange det ena eller det andra.",
    ),
    _stop(
        "SAM014",
        "Huvudkontaktens enhet är okänd",
        "Den enhet som pekas ut som huvudansvarig finns inte den dagen.",
        "Rätta enheten, eller peka ut vårdkontakten med källsystem och vårdhändelse-id.",
    ),
)

add(
    _stop(
        "AKT001",
        "Diagnos saknas",
        "En insats av rehabkoordinator ska ha minst en diagnos.",
        "Ange diagnosen.",
        kalla=_REHAB,
    ),
    _stop(
        "AKT002",
        "Åtgärden GC001 saknas",
        "En insats av rehabkoordinator ska alltid ha åtgärden GC001 Rehabiliteringskoordinering.",
        "Lägg till GC001.",
        kalla=_REHAB,
    ),
    _stop(
        "AKT003",
        "Yrkeskategorin får inte vara rehabkoordinator",
        "En rehabkoordinator har en legitimerad yrkesutbildning eller är socionom "
        "(01–69, 70, 74, 75, 77, 78, 96, A2 eller A3).",
        "Ange rehabkoordinatorns egen yrkeskategori.",
        kalla=_REHAB,
    ),
    _stop(
        "AKT004",
        "Telemedicin utan sin andra kod",
        "ZV051 Telemedicin är en tilläggskod och kräver XS003, XS012 eller UX007 bredvid sig.",
        "Lägg till den åtgärd som säger hur kontakten togs.",
        kalla=_REHAB,
    ),
    _stop(
        "AKT005",
        "AW026 och AW024 utesluter varandra",
        "AW026 och AW024 är två slag av uppföljning och rapporteras aldrig tillsammans.",
        "Behåll den åtgärd som stämmer.",
        kalla=_REHAB,
    ),
    _stop(
        "AKT006",
        "Patienten saknas",
        "En insats av rehabkoordinator och en konferens om en patient gäller alltid en patient.",
        "Ange patientens nummer.",
        kalla=_SAMVERKAN,
    ),
    _stop(
        "AKT007",
        "Patienten stämmer inte med vad aktiviteten gäller",
        "Aktiviteten gäller en grupp eller ingen enskild patient, men har en patient; eller "
        "tvärtom.",
        "Ta bort patientens nummer, eller ange att aktiviteten gäller en patient.",
        kalla=_SAMVERKAN,
    ),
    _remark(
        "AKT008",
        "Patienten är inte 16–68 år",
        "Uppdraget för rehabkoordinator gäller patienter som är 16–68 år.",
        "Kontrollera patienten. Är den riktig behöver inget göras: insatsen följs upp för sig.",
        kalla=_REHAB,
    ),
)
