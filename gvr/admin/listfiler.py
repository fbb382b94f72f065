"""How codes, providers, units, commissions and contracts look as files."""

from typing import Any, ClassVar

from gvr.admin.resurs import Dagkolumn, Kolumn, Resurs, Uppslag
from gvr.core import cell
from gvr.models import Avtal, Avtalsomrade, Enhet, Kod, Kodverk, Uppdrag, Vardgivare

JA_NEJ = ("ja", "nej")
_FR_O_M: dict[str, Any] = {"krav": True, "hjalp": "Första dagen, 2026-01-31."}
_T_O_M: dict[str, Any] = {"hjalp": "Sista dagen. Tom cell betyder tills vidare."}


class VardgivareResurs(Resurs):
    """Vårdgivare, by organisation number."""

    nyckel: ClassVar[tuple[str, ...]] = ("orgnr",)
    filnamn = "Vårdgivare"
    orgnr = Kolumn(
        "orgnr",
        "Organisationsnummer",
        lambda value: cell.text(value).replace("-", ""),
        krav=True,
        hjalp="Tio siffror, med eller utan bindestreck.",
    )
    namn = Kolumn("namn", "Namn", krav=True)
    hsa_id = Kolumn("hsa_id", "HSA-id", hjalp="SE2321000016-XXXX.")
    adress = Kolumn("adress", "Adress")
    postnummer = Kolumn("postnummer", "Postnummer", lambda value: cell.text(value).replace(" ", ""))
    ort = Kolumn("ort", "Ort")
    bankgiro = Kolumn(
        "bankgiro",
        "Bankgiro",
        lambda value: cell.text(value).replace("-", ""),
        hjalp="Sju eller åtta siffror.",
    )
    f_skatt = Kolumn("f_skatt", "Godkänd för F-skatt", cell.yes_no, val=JA_NEJ)
    epost = Kolumn("epost", "E-post")

    class Meta(Resurs.Meta):
        model = Vardgivare


class EnhetResurs(Resurs):
    """Enheter, by kombika and first day."""

    nyckel: ClassVar[tuple[str, ...]] = ("kombika",)
    filnamn = "Enheter"
    kombika = Kolumn("kombika", "Kombika", krav=True, hjalp="Åtta siffror och ett till tre tecken.")
    fr_o_m = Dagkolumn("fr_o_m", "Fr.o.m.", **_FR_O_M)
    t_o_m = Dagkolumn("t_o_m", "T.o.m.", **_T_O_M)
    namn = Kolumn("namn", "Namn", krav=True)
    hsa_id = Kolumn("hsa_id", "HSA-id")
    vardgivare = Uppslag(
        "vardgivare",
        "Organisationsnummer",
        rader=Vardgivare.objects.all,
        nyckel="orgnr",
        vad="Vårdgivaren med organisationsnummer",
        krav=True,
        hjalp="Vårdgivarens nummer, tio siffror.",
    )

    class Meta(Resurs.Meta):
        model = Enhet


class UppdragResurs(Resurs):
    """Uppdrag, by samverks-id and first day."""

    nyckel: ClassVar[tuple[str, ...]] = ("samverks_id",)
    filnamn = "Uppdrag"
    samverks_id = Kolumn("samverks_id", "Samverks-id", krav=True)
    fr_o_m = Dagkolumn("fr_o_m", "Fr.o.m.", **_FR_O_M)
    t_o_m = Dagkolumn("t_o_m", "T.o.m.", **_T_O_M)
    namn = Kolumn("namn", "Namn")
    uppdragstyp = Kolumn("uppdragstyp", "Uppdragstyp", krav=True, hjalp="Tre siffror, t.ex. 300.")
    styp = Kolumn("styp", "Styp", krav=True, hjalp="06, 07 och 08 ger ersättning.")
    avtal = Uppslag(
        "avtal",
        "ADA-nummer",
        rader=lambda: Avtal.objects.select_related("avtalsomrade"),
        nyckel="ada_nummer",
        vad="Avtalet",
        hjalp="Avtalet som uppdraget ligger under.",
    )
    test = Kolumn("test", "Testuppdrag", cell.yes_no, val=JA_NEJ)

    class Meta(Resurs.Meta):
        model = Uppdrag


class AvtalResurs(Resurs):
    """Avtal, by ADA number and first day."""

    nyckel: ClassVar[tuple[str, ...]] = ("ada_nummer",)
    filnamn = "Avtal"
    ada_nummer = Kolumn("ada_nummer", "ADA-nummer", krav=True)
    fr_o_m = Dagkolumn("fr_o_m", "Fr.o.m.", **_FR_O_M)
    t_o_m = Dagkolumn("t_o_m", "T.o.m.", **_T_O_M)
    vardgivare = Uppslag(
        "vardgivare",
        "Organisationsnummer",
        rader=Vardgivare.objects.all,
        nyckel="orgnr",
        vad="Vårdgivaren med organisationsnummer",
        krav=True,
    )
    avtalsomrade = Uppslag(
        "avtalsomrade",
        "Avtalsområde",
        rader=Avtalsomrade.objects.all,
        nyckel="kod",
        vad="Avtalsområdet",
        krav=True,
        hjalp="Områdets kod, t.ex. huslakarverksamhet.",
    )
    momskompensation = Kolumn(
        "momskompensation", "Momskompensation", cell.yes_no, val=JA_NEJ, hjalp="Tillägg på 6 %."
    )
    avgiftsavdrag = Kolumn(
        "avgiftsavdrag",
        "Avdrag för patientavgift",
        cell.yes_no,
        val=JA_NEJ,
        hjalp="ja: patientavgiften dras av från ersättningen.",
    )

    class Meta(Resurs.Meta):
        model = Avtal


class KodResurs(Resurs):
    """Koder, by code system, code and first day."""

    nyckel: ClassVar[tuple[str, ...]] = ("kodverk", "kod")
    filnamn = "Koder"
    kodverk = Uppslag(
        "kodverk",
        "Kodverk",
        rader=Kodverk.objects.all,
        nyckel="kod",
        vad="Kodverket",
        krav=True,
        hjalp="Kodverkets kod, t.ex. TAXA.",
    )
    kod = Kolumn("kod", "Kod", krav=True, hjalp="Skriv som text, så att 01 inte blir 1.")
    fr_o_m = Dagkolumn("fr_o_m", "Fr.o.m.", **_FR_O_M)
    t_o_m = Dagkolumn("t_o_m", "T.o.m.", **_T_O_M)
    text = Kolumn("text", "Text")
    text_offentlig = Kolumn("text_offentlig", "Texten är offentlig", cell.yes_no, val=JA_NEJ)
    kalla = Kolumn("kalla", "Källa")

    class Meta(Resurs.Meta):
        model = Kod
