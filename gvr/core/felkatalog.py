"""The catalogue of findings: what each code means, what to do about it and who does it.

One entry per code. The catalogue page, the decision receipt and the API all show these texts, so a
code reads the same wherever a person meets it. A finding about a contact may carry a text of its
own with the days and codes of that contact; `atgard` and `agare` always come from here.

Sections: GVR001-GVR019 the patient, GVR020-GVR029 the unit, GVR030-GVR039 the time, GVR040-GVR059
what a contact must hold, GVR060-GVR079 how a value is written, GVR080-GVR089 whether a code is
valid, then the codes of the register of units, KOD of a code list and ICD of a classification file.
"""

from typing import Final

import msgspec

from gvr.core.avvikelse import Allvar, Avvikelse

VARDGIVARE: Final = "VARDGIVARE"
JOURNALSYSTEM: Final = "JOURNALSYSTEM"
REGION: Final = "REGION"


class Felpost(msgspec.Struct, frozen=True, kw_only=True):
    """One code: its Swedish title, text and remedy, who acts, and how the API answers.

    `agare` is VARDGIVARE, JOURNALSYSTEM or REGION. `http` is the status of a request that is
    refused for this code alone, None when the code never refuses anything. `allvar` is the
    severity of a finding about a contact, None for codes about the request itself. `kalla` names
    the public source of the rule.
    """

    kod: str
    titel: str
    text: str
    atgard: str
    agare: str = VARDGIVARE
    http: int | None = None
    allvar: Allvar | None = None
    kalla: str | None = None


#: Every known code. Modules that raise codes of their own add them with `add` when imported.
FELKATALOG: Final[dict[str, Felpost]] = {}


def add(*poster: Felpost) -> None:
    """Put entries into the catalogue. Raises ValueError when a code is taken by another entry."""
    for felpost in poster:
        if FELKATALOG.setdefault(felpost.kod, felpost) != felpost:
            raise ValueError(f"Felkoden {felpost.kod} finns redan i katalogen med annan text.")


def finding(
    kod: str,
    *,
    pekare: str,
    text: str | None = None,
    allvar: Allvar | None = None,
    varde: str | None = None,
    vantar_pa: str | None = None,
) -> Avvikelse:
    """Return the finding for a code, with the catalogue's texts where nothing more exact is given.

    `varde` is the value seen and must never identify a patient. Raises KeyError for a code that is
    missing from the catalogue and ValueError for one that is not about a contact.
    """
    felpost = FELKATALOG[kod]
    severity = allvar or felpost.allvar
    if severity is None:
        raise ValueError(f"Felkoden {kod} gäller ett anrop och inte en vårdkontakt.")
    return Avvikelse(
        kod=kod,
        allvar=severity,
        pekare=pekare,
        text=text or felpost.text,
        atgard=felpost.atgard,
        agare=felpost.agare,
        varde=varde,
        kalla=felpost.kalla,
        vantar_pa=vantar_pa,
    )


def _stop(
    kod: str,
    titel: str,
    text: str,
    atgard: str,
    *,
    kalla: str | None = None,
    agare: str = VARDGIVARE,
) -> Felpost:
    """Return an entry whose finding keeps the contact out of the register."""
    return Felpost(
        kod=kod,
        titel=titel,
        text=text,
        atgard=atgard,
        agare=agare,
        http=422,
        allvar=Allvar.STOPP,
        kalla=kalla,
    )


def _park(kod: str, titel: str, text: str, atgard: str, *, agare: str = REGION) -> Felpost:
    """Return an entry whose finding lets the contact wait for what may still arrive."""
    return Felpost(
        kod=kod, titel=titel, text=text, atgard=atgard, agare=agare, allvar=Allvar.PARKERA
    )


def _remark(
    kod: str,
    titel: str,
    text: str,
    atgard: str,
    *,
    kalla: str | None = None,
    agare: str = VARDGIVARE,
) -> Felpost:
    """Return an entry whose finding stops nothing; someone should look."""
    return Felpost(
        kod=kod,
        titel=titel,
        text=text,
        atgard=atgard,
        agare=agare,
        allvar=Allvar.ANMARKNING,
        kalla=kalla,
    )


_SKATTEVERKET: Final = "Skatteverket, SKV 704 Personnummer och SKV 707 Samordningsnummer"
_VARDGIVARGUIDEN: Final = "https://vardgivarguiden.se/administration/"
_RESERVNUMMER: Final = f"{_VARDGIVARGUIDEN}patientadministration/patientnara-rutiner/reservnummer/"
_RAPPORTERA: Final = f"{_VARDGIVARGUIDEN}verksamhetsadministration/rapportera/"
_KODER: Final = f"{_RAPPORTERA}koder-och-variabler-for-att-rapportera/"
_TAXEKODER: Final = f"{_KODER}taxekoder-anvandningsomrade/"
_BETYDER: Final = (
    "https://www.vardgivarguiden.se/AvtalUppdrag/rapportera/rapportera-for-ersattning/"
    "lar-dig-rapportera/detta-betyder-koderna/"
)
_TAXELISTAN: Final = (
    "https://www.vardgivarguiden.se/AvtalUppdrag/Rapportera/om-att-rapportera/"
    "taxekoder-anvandningsomrade/"
)
_TEAMBESOK: Final = (
    "https://www.vardgivarguiden.se/AvtalUppdrag/rapportera/rapportera-for-ersattning/"
    "rapporteringsanvisningar-a-o/rehabilitering-vid-astma-och-kol-planerad-specialiserad/"
)
_ERSMOINDATA: Final = "ERSMOIndata 2.2, https://github.com/SLL-RTP/sll-rtjp.gvradapter"
_STANGDA_KODER: Final = (
    "https://www.vardgivarguiden.se/AvtalUppdrag/rapportera/"
    "koder-och-variabler-for-att-rapportera/forandring-gallande-taxekoder/"
)
_KODNINGSREGLER: Final = "Socialstyrelsen, anvisningar till ICD-10-SE och KVÅ"

_TOLV_SIFFROR: Final = (
    "Skicka numret som tolv siffror i följd, till exempel ååååmmddnnnn, utan andra tecken."
)
_KONTROLLERA_NUMRET: Final = (
    "Kontrollera numret mot patientens legitimation och skicka kontakten igen."
)
_KONTROLLERA_RESERVNUMRET: Final = (
    "Kontrollera reservnumret mot patientens handlingar och skicka kontakten igen."
)
_SKICKA_RATTAD: Final = "Rätta uppgiften och skicka kontakten igen."
_RATTA_I_JOURNALSYSTEMET: Final = (
    "Rätta uppgiften i journalsystemet. Kommer felet tillbaka: anmäl det till leverantören."
)

# The patient
add(
    _stop(
        "GVR001",
        "Patientens nummer saknas",
        "Vårdkontakten har inget personnummer, samordningsnummer eller reservnummer.",
        "Ange patientens nummer. Saknar patienten personnummer: ta ut ett reservnummer.",
        kalla=_KODER,
    ),
    _stop(
        "GVR002",
        "Blanksteg i patientens nummer",
        "Patientens nummer innehåller blanksteg.",
        _TOLV_SIFFROR,
        kalla=_ERSMOINDATA,
    ),
    _stop(
        "GVR003",
        "Fel sorts streck i patientens nummer",
        "Patientens nummer innehåller ett tankstreck eller minustecken i stället för bindestreck.",
        _TOLV_SIFFROR,
        kalla=_ERSMOINDATA,
    ),
    _stop(
        "GVR004",
        "Fel sorts siffror i patientens nummer",
        "Patientens nummer är skrivet med breda eller utländska siffror.",
        _TOLV_SIFFROR,
        kalla=_ERSMOINDATA,
    ),
    _stop(
        "GVR005",
        "Otillåtna tecken i patientens nummer",
        "Patientens nummer innehåller annat än siffror. Reservnummer från andra regioner, som kan "
        "ha bokstäver, går inte att ta emot.",
        "Rätta numret. Har patienten bara en annan regions reservnummer: ta ut ett reservnummer "
        "i Region Stockholm.",
        kalla=_RESERVNUMMER,
    ),
    _stop(
        "GVR006",
        "Fel antal siffror i patientens nummer",
        "Patientens nummer har varken tio eller tolv siffror.",
        _TOLV_SIFFROR,
        kalla=_SKATTEVERKET,
    ),
    _stop(
        "GVR007",
        "Skiljetecknet står på fel plats",
        "Patientens nummer har ett bindestreck eller plustecken någon annanstans än före de fyra "
        "sista siffrorna, eller mer än ett.",
        _TOLV_SIFFROR,
        kalla=_SKATTEVERKET,
    ),
    _stop(
        "GVR008",
        "Seklet framgår inte",
        "Patientens nummer har tio siffror och det finns ingen dag att bestämma seklet efter.",
        _TOLV_SIFFROR,
        kalla=_SKATTEVERKET,
    ),
    _stop(
        "GVR009",
        "Födelsedagen finns inte",
        "Patientens nummer börjar inte med en dag som finns i kalendern.",
        _KONTROLLERA_NUMRET,
        kalla=_SKATTEVERKET,
    ),
    _stop(
        "GVR010",
        "Fel kontrollsiffra i patientens nummer",
        "Den sista siffran i patientens nummer stämmer inte med de andra.",
        _KONTROLLERA_NUMRET,
        kalla=_SKATTEVERKET,
    ),
    _stop(
        "GVR011",
        "Född i framtiden",
        "Patienten är enligt sitt nummer ännu inte född.",
        "Kontrollera numret. Är patienten hundra år eller äldre: skicka tolv siffror, eller tio "
        "med plustecken före de fyra sista.",
        kalla=_SKATTEVERKET,
    ),
    _stop(
        "GVR012",
        "Orimligt utfärdandeår i reservnumret",
        "Reservnumrets tredje till sjätte siffra är inget år mellan 1980 och 2299.",
        _KONTROLLERA_RESERVNUMRET,
        kalla=_RESERVNUMMER,
    ),
    _stop(
        "GVR013",
        "Fel kontrollsiffra i reservnumret",
        "Den sista siffran i reservnumret stämmer inte med de andra.",
        _KONTROLLERA_RESERVNUMRET,
        kalla=_RESERVNUMMER,
    ),
    _stop(
        "GVR014",
        "Plustecken för en person under hundra år",
        "Plustecken betyder att personen fyller minst hundra år, men numret säger något annat.",
        _TOLV_SIFFROR,
        kalla=_SKATTEVERKET,
    ),
    _stop(
        "GVR015",
        "Patientens nummer är inte tolv siffror i följd",
        "Patientens nummer går att läsa men är inte skrivet som tolv siffror i följd.",
        _TOLV_SIFFROR,
        kalla=_ERSMOINDATA,
        agare=JOURNALSYSTEM,
    ),
    _stop(
        "GVR016",
        "Födelsedagen strider mot numret",
        "Den födelsedag som skickats är en annan än den som patientens nummer anger.",
        "Kontrollera att numret och födelsedagen hör till samma patient.",
        kalla=_ERSMOINDATA,
    ),
    _remark(
        "GVR017",
        "Könet strider mot numret",
        "Det kön som skickats är ett annat än det som patientens nummer anger.",
        "Kontrollera att numret och könet hör till samma patient.",
        kalla=_SKATTEVERKET,
    ),
    _stop(
        "GVR018",
        "Könet är varken K eller M",
        "Patientens kön är skrivet på annat sätt än K eller M.",
        "Skicka K eller M, eller utelämna könet när det är okänt.",
        kalla=_ERSMOINDATA,
        agare=JOURNALSYSTEM,
    ),
    _remark(
        "GVR019",
        "Patienten är över 120 år",
        "Patienten är enligt sitt nummer mer än 120 år den dag vården gavs.",
        "Kontrollera seklet i patientens nummer.",
    ),
)

# The unit
add(
    _stop(
        "GVR020",
        "Enheten är inte skriven som kombika eller HSA-id",
        "Enheten saknas eller är varken en kombika (åtta siffror följda av ett till tre tecken) "
        "eller ett HSA-id (SE2321000016- följt av fyra tecken).",
        _RATTA_I_JOURNALSYSTEMET,
        kalla=_ERSMOINDATA,
        agare=JOURNALSYSTEM,
    ),
    _stop(
        "GVR021",
        "Remissens enhet är inte skriven som kombika eller HSA-id",
        "Den enhet som remissen kom från eller gick till är varken en kombika eller ett HSA-id.",
        "Rätta enheten, eller utelämna den när remiss saknas.",
        kalla=_ERSMOINDATA,
        agare=JOURNALSYSTEM,
    ),
)

# The time
add(
    _stop(
        "GVR030",
        "Vårdkontakten är från före 1900",
        "Vårdkontaktens dag ligger före den 1 januari 1900.",
        _SKICKA_RATTAD,
        agare=JOURNALSYSTEM,
    ),
    _stop(
        "GVR031",
        "Vårdkontakten är från före patientens födelse",
        "Vårdkontaktens dag ligger före patientens födelsedag.",
        "Kontrollera dagen och patientens nummer. Vård av ett ofött barn rapporteras på modern.",
    ),
    _stop(
        "GVR032",
        "Vårdkontakten är i framtiden",
        "Vårdkontaktens dag har ännu inte varit.",
        "Rapportera vården när den har getts.",
    ),
    _remark(
        "GVR033",
        "Sen rapportering",
        "Vårdkontakten rapporteras långt efter att vården gavs.",
        "Kontrollera dagen. Stämmer den: ingen åtgärd, men se över varför rapporten dröjde.",
    ),
    _stop(
        "GVR034",
        "Slutdagen ligger före vårdkontaktens dag",
        "Vårdkontakten slutar före den dag den börjar.",
        _SKICKA_RATTAD,
    ),
    _stop(
        "GVR035",
        "Slutdagen är i framtiden",
        "Vårdkontaktens slutdag har ännu inte varit.",
        "Utelämna slutdagen tills vården är avslutad.",
    ),
    _remark(
        "GVR036",
        "Öppenvård över midnatt",
        "En kontakt i öppen vård eller hemsjukvård slutar en annan dag än den börjar.",
        "Kontrollera dagarna. Är patienten inskriven: rapportera ett slutenvårdstillfälle.",
    ),
    _stop(
        "GVR037",
        "Klockslaget har tidszon",
        "Klockslaget är skrivet med tidszon. Dagar och klockslag är svensk lokal tid.",
        "Skicka klockslaget utan tidszon, som 14:30.",
        agare=JOURNALSYSTEM,
    ),
)

# What a contact must hold
add(
    _stop(
        "GVR040",
        "Besökstyp saknas",
        "En kontakt i öppen vård ska ha en besökstyp.",
        "Ange besökstypen.",
        kalla=_BETYDER,
    ),
    _stop(
        "GVR041",
        "Både besökstyp och vårdkontakttyp",
        "En kontakt har en besökstyp eller en vårdkontakttyp, aldrig båda.",
        "Ta bort den ena. Besökstyp är kodlistan BTYP (013), vårdkontakttyp VKTYP (014).",
        kalla=_ERSMOINDATA,
        agare=JOURNALSYSTEM,
    ),
    _stop(
        "GVR042",
        "Yrkeskategori saknas",
        "En kontakt i öppen vård eller hemsjukvård ska ha minst en yrkeskategori.",
        "Ange den yrkeskategori som mötte patienten.",
        kalla=_BETYDER,
    ),
    _stop(
        "GVR043",
        "Taxa saknas",
        "En kontakt i öppen vård ska ha en taxa. Den avgör tillsammans med besökstyp och "
        "yrkeskategori vilken patientavgift som gäller.",
        "Ange taxan.",
        kalla=_TAXEKODER,
    ),
    _stop(
        "GVR044",
        "Inskrivningskod saknas",
        "Ett avslutat slutenvårdstillfälle ska ange varifrån patienten kom.",
        "Ange inskrivningskoden.",
        kalla=_KODER,
    ),
    _stop(
        "GVR045",
        "Utskrivningskod saknas",
        "Ett avslutat slutenvårdstillfälle ska ange vart patienten skrevs ut.",
        "Ange utskrivningskoden.",
        kalla=_KODER,
    ),
    _remark(
        "GVR046",
        "Utskrivningskod utan slutdag",
        "Slutenvårdstillfället har en utskrivningskod men ingen slutdag.",
        "Ange slutdagen om patienten är utskriven, annars ta bort utskrivningskoden.",
    ),
    _remark(
        "GVR047",
        "Huvuddiagnos saknas",
        "Ett avslutat slutenvårdstillfälle ska ha en huvuddiagnos.",
        "Komplettera med diagnos. Många ersättningar kräver den.",
        kalla="Socialstyrelsen, patientregistret (SOSFS 2013:35)",
    ),
    _remark(
        "GVR048",
        "Yttre orsak som huvuddiagnos",
        "En kod för yttre orsak (V01–Y98) kan inte vara huvuddiagnos.",
        "Ange skadan eller sjukdomen som första diagnos och den yttre orsaken därefter.",
        kalla=_KODNINGSREGLER,
    ),
    _remark(
        "GVR049",
        "Bara tilläggskoder",
        "Alla vårdåtgärder är tilläggskoder (Z). En tilläggskod kompletterar en självständig kod.",
        "Komplettera med den åtgärd (A–X) som tilläggskoden hör till.",
        kalla=f"{_RAPPORTERA}rapporteringsanvisningar-a-o/huslakarverksamhet-med-basal-hemsjukvard/",
    ),
    _remark(
        "GVR050",
        "Samma kod två gånger",
        "Samma kod står mer än en gång i listan.",
        "Ta bort upprepningen om den inte är avsedd.",
    ),
    _stop(
        "GVR051",
        "För många koder",
        "En lista har fler än 99 koder.",
        _RATTA_I_JOURNALSYSTEMET,
        agare=JOURNALSYSTEM,
    ),
)

# What does not go together
add(
    _remark(
        "GVR052",
        "Taxa och besökstyp går inte ihop",
        "Taxan används inte med den besökstyp som vårdkontakten har.",
        "Kontrollera taxan och besökstypen. Patientavgiften beror av båda.",
        kalla=_TAXELISTAN,
    ),
    _remark(
        "GVR053",
        "Taxan gäller bara läkarbesök",
        "Taxa 22 gällde bara besök hos läkare (yrkeskategori 01–69).",
        "Kontrollera taxan och den yrkeskategori som mötte patienten.",
        kalla=_BETYDER,
    ),
    _remark(
        "GVR054",
        "Taxan rapporteras med reservnummer",
        "Taxorna 04, 12 och 69 rapporteras med patientens reservnummer, även när ett personnummer "
        "finns.",
        "Rapportera på reservnumret. Ambassadpersonal med personnummer är ett undantag för taxa "
        "04; då är inget fel.",
        kalla=f"{_VARDGIVARGUIDEN}patientadministration/patientavgifter/turisthandboken/"
        "turisthandboken-ao/rapportering-och-fakturering/",
    ),
    _remark(
        "GVR055",
        "Teambesök med en yrkeskategori",
        "Ett teambesök (besökstyp A) anger minst två yrkeskategorier.",
        "Ange alla yrkeskategorier som deltog, eller en annan besökstyp.",
        kalla=_TEAMBESOK,
    ),
    _remark(
        "GVR056",
        "Åtgärden ligger utanför vårdkontakten",
        "Åtgärdens dag ligger utanför vårdkontaktens dagar.",
        "Kontrollera åtgärdens dag och vårdkontaktens.",
        kalla=_ERSMOINDATA,
    ),
    _remark(
        "GVR057",
        "Tillståndet ligger utanför vårdkontakten",
        "Tillståndets dag ligger utanför vårdkontaktens dagar.",
        "Kontrollera tillståndets dag och vårdkontaktens.",
        kalla=_ERSMOINDATA,
    ),
    _remark(
        "GVR058",
        "Hänvisningen leder ingenstans",
        "En åtgärd eller ett tillstånd hänvisar till en diagnos eller ett tillstånd som inte finns "
        "i vårdkontakten.",
        _RATTA_I_JOURNALSYSTEMET,
        kalla=_ERSMOINDATA,
        agare=JOURNALSYSTEM,
    ),
    _remark(
        "DUBBELRAPPORTERAD",
        "Kan vara rapporterad två gånger",
        "Samma patient, dag, klockslag och enhet är rapporterade med ett annat id.",
        "Är det samma vårdkontakt: makulera den ena. Är det två vårdkontakter behöver ingenting "
        "göras.",
        kalla="GVR:s nyckel för en vårdhändelse i TakeCares databas: patient, dag, klockslag och "
        "enhetens tre delar",
    ),
)

# How a value is written
add(
    *(
        _stop(
            kod,
            titel,
            text,
            _RATTA_I_JOURNALSYSTEMET,
            kalla=_ERSMOINDATA,
            agare=JOURNALSYSTEM,
        )
        for kod, titel, text in (
            (
                "GVR060",
                "Besökstypen har fel form",
                "En besökstyp är en eller två bokstäver eller siffror.",
            ),
            (
                "GVR061",
                "Vårdkontakttypen har fel form",
                "En vårdkontakttyp är en eller två bokstäver eller siffror.",
            ),
            (
                "GVR062",
                "Yrkeskategorin har fel form",
                "En yrkeskategori är två bokstäver eller siffror.",
            ),
            ("GVR063", "Taxan har fel form", "En taxa är en eller två bokstäver eller siffror."),
            ("GVR064", "Akutmarkeringen har fel form", "En akutmarkering är J, N, 1 eller 2."),
            (
                "GVR065",
                "Koden före eller efter vården har fel form",
                "En inskrivningskod, utskrivningskod eller vårdplanskod är en bokstav eller "
                "siffra.",
            ),
            (
                "GVR066",
                "Diagnoskoden har fel form",
                "En diagnoskod börjar med en stor bokstav och två siffror och skrivs utan punkt, "
                "till exempel I109.",
            ),
            (
                "GVR067",
                "Åtgärdskoden har fel form",
                "En åtgärdskod (KVÅ) är två eller tre stora bokstäver följda av siffror, fem "
                "tecken i allt, till exempel XS012.",
            ),
            (
                "GVR068",
                "Läkemedelskoden har fel form",
                "En läkemedelskod (ATC) är till exempel A01AB13, eller de första tecknen i en "
                "sådan.",
            ),
            (
                "GVR069",
                "Tillståndet har fel form",
                "Ett tillstånd är en till tio bokstäver eller siffror.",
            ),
            (
                "GVR070",
                "Produkten har fel form",
                "En rapporterad produkt är en till tio bokstäver eller siffror.",
            ),
            (
                "GVR071",
                "Folkbokföringsorten har fel form",
                "Län, kommun och församling (LKF) är sex bokstäver eller siffror.",
            ),
            ("GVR072", "Basområdet har fel form", "Ett basområde är sju siffror."),
            (
                "GVR073",
                "Ersättningsuppdraget har fel form",
                "Ett ersättningsuppdrag är ett till sju tecken.",
            ),
            (
                "GVR074",
                "Texten är för lång eller har styrtecken",
                "Uppgiften är tom, för lång eller innehåller tecken som inte går att skriva ut.",
            ),
        )
    )
)

add(
    _remark(
        "GVR075",
        "LMA-numret har fel form",
        "Ett LMA-nummer (dossiernummer) skrivs med två och sex siffror, som 10-123456. Äldre "
        "nummer har två siffergrupper och ett snedstreck.",
        "Rätta numret så att det står som på patientens LMA-kort eller kvitto.",
        kalla="https://vardgivarguiden.se/administration/patientadministration/patientavgifter/"
        "asyl_utan_tillstand/asylsokande/",
    ),
)

# Whether a code is valid
add(
    _stop(
        "GVR080",
        "Koden hade upphört",
        "Koden gällde inte längre den dag vården gavs.",
        "Använd en kod som gällde den dagen.",
        kalla=_STANGDA_KODER,
    ),
    _stop(
        "GVR081",
        "Koden gällde inte än",
        "Koden hade inte börjat gälla den dag vården gavs.",
        "Använd en kod som gällde den dagen.",
        kalla=_STANGDA_KODER,
    ),
    _stop(
        "GVR082",
        "Koden finns inte",
        "Koden finns inte i kodlistan, som är fullständig.",
        "Använd en kod ur kodlistan.",
        kalla=_KODER,
    ),
    _remark(
        "GVR083",
        "Koden är okänd",
        "Koden finns inte i kodlistan, men listan är inte fullständig.",
        "Kontrollera koden. Är den riktig: be regionen lägga till den.",
        kalla=_KODER,
        agare=REGION,
    ),
)

# The register of units, commissions and contracts
add(
    _park(
        "ENHET_OKAND",
        "Enheten finns inte i registret",
        "Enheten finns inte i registret den dag vården gavs.",
        "Vårdkontakten väntar och prövas av sig själv när regionen lagt upp enheten.",
    ),
    _park(
        "ENHET_TVETYDIG",
        "HSA-id delas av flera kombikor",
        "Flera kombikor har samma HSA-id den dag vården gavs.",
        "Rapportera med kombika, eller be regionen rätta kopplingen.",
        agare=VARDGIVARE,
    ),
    _park(
        "UPPDRAG_SAKNAS",
        "Enheten har inget uppdrag",
        "Enheten har inget uppdrag den dag vården gavs.",
        "Vårdkontakten väntar tills regionen lagt upp uppdraget.",
    ),
    _park(
        "UPPDRAG_TVETYDIGT",
        "Enheten har flera uppdrag",
        "Enheten har flera uppdrag den dag vården gavs och inget är utpekat.",
        "Ange ersättningsuppdrag, eller be regionen avsluta det som inte gäller.",
        agare=VARDGIVARE,
    ),
    _park(
        "AVTAL_SAKNAS",
        "Uppdraget har inget avtal",
        "Uppdraget har inget avtal som gäller den dag vården gavs.",
        "Vårdkontakten väntar tills regionen lagt upp avtalet.",
    ),
    _stop(
        "TESTUPPDRAG",
        "Enheten har ett testuppdrag",
        "Det som rapporteras på ett testuppdrag tas inte emot.",
        "Inget behöver göras.",
        agare=REGION,
    ),
)

# Documents that name master data
add(
    _stop(
        "AVTALSOMRADE_OKANT",
        "Avtalsområdet finns inte",
        "Dokumentet gäller ett avtalsområde som inte finns i registret.",
        "Lägg upp avtalsområdet, eller rätta koden i dokumentet.",
        agare=REGION,
    ),
)

# A code list
add(
    _stop(
        "KOD001",
        "Fält saknas eller är fel i kodverket",
        "Kodverket har ett fält som saknas, inte finns eller är av fel sort.",
        "Rätta fältet. Jämför med ett kodverk som redan är inläst.",
        agare=REGION,
    ),
    _stop(
        "KOD002",
        "Koden är inte text",
        "Koden saknas, har blanksteg i kanten eller lästes som ett tal.",
        "Skriv koden inom citattecken, så att till exempel '01' inte blir talet 1.",
        agare=REGION,
    ),
    _stop(
        "KOD003",
        "Kodens giltighet är fel",
        "Kodens giltighet går inte att läsa eller slutar före sin början.",
        "Rätta dagarna. Båda räknas med: koden gäller från och med den första till och med den "
        "sista.",
        agare=REGION,
    ),
    _stop(
        "KOD004",
        "Koden finns två gånger samma dag",
        "Två rader med samma kod gäller samtidigt.",
        "Avsluta den ena raden dagen före den andra börjar.",
        agare=REGION,
    ),
    _stop(
        "KOD005",
        "Kodens text saknas",
        "Koden har ingen text och är inte märkt som en kod vars text inte är offentlig, eller har "
        "båda delarna.",
        "Ange texten, eller skriv text: null och text_offentlig: false.",
        agare=REGION,
    ),
)

# A classification file
add(
    _stop(
        "ICD001",
        "Filen är inte UTF-8",
        "Filen går inte att läsa som UTF-8.",
        "Hämta filen på nytt från Socialstyrelsen; öppna och spara den inte i ett annat program.",
        agare=REGION,
    ),
    _stop(
        "ICD002",
        "Raden går inte att läsa",
        "Raden har inte formen kod, tabb, markering (tom, † eller *), tabb, text.",
        "Jämför raden med utgåvans andra rader.",
        agare=REGION,
    ),
    _stop(
        "ICD003",
        "Koden finns två gånger",
        "Samma kod står på två rader i utgåvan.",
        "Ta bort den ena raden, eller hämta utgåvan på nytt.",
        agare=REGION,
    ),
    _stop(
        "ICD004",
        "Koden hör inte hemma någonstans",
        "Koden saknar överordnad kategori, eller ligger inte i exakt ett avsnitt och ett kapitel.",
        "Kontrollera att alla fem filer hör till samma utgåva.",
        agare=REGION,
    ),
    _stop(
        "ICD005",
        "Filen saknas eller är tom",
        "En av utgåvans filer saknas eller innehåller ingen rad.",
        "Lämna alla filer i utgåvan: digit3, digit4, digit5, block och diagnoskapitel.",
        agare=REGION,
    ),
)
