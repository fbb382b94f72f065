"""Every reason a decision can carry, in words that say what to do and who does it."""

from typing import Final

from ersattning.ersmo.core.orsaker import ORSAKER as ERSMO
from ersattning.ersmo.core.orsaker import Orsak

#: A person has settled that a contact which waited too long gives no payment.
AVGJORD: Final = "AVGJORD_UTAN_ERSATTNING"
#: A check that the region has made stricter holds the contact back.
REGEL_PARKERAR: Final = "REGEL_PARKERAR"

_PLATS = (
    Orsak(
        kod="ENHET_OKAND",
        titel="Enheten finns inte i registret",
        text="Enheten som rapporterades finns inte i registret på vårddagen.",
        atgard="Regionen lägger upp enheten. Vårdkontakten prövas sedan av sig själv.",
        agare="REGION",
        vantar=True,
    ),
    Orsak(
        kod="ENHET_TVETYDIG",
        titel="HSA-id pekar på flera enheter",
        text="Flera kombikor delar enhetens HSA-id på vårddagen.",
        atgard="Rapportera med kombika, eller be regionen rätta kopplingen.",
        agare="VARDGIVARE",
        vantar=True,
    ),
    Orsak(
        kod="UPPDRAG_SAKNAS",
        titel="Enheten saknar uppdrag",
        text="Enheten har inget ersättningsuppdrag på vårddagen.",
        atgard="Regionen lägger upp uppdraget. Vårdkontakten prövas sedan av sig själv.",
        agare="REGION",
        vantar=True,
    ),
    Orsak(
        kod="UPPDRAG_TVETYDIGT",
        titel="Enheten har flera uppdrag",
        text="Enheten har flera ersättningsuppdrag på vårddagen och inget är utpekat.",
        atgard="Ange ersättningsuppdrag i rapporteringen, eller be regionen avsluta det som inte "
        "gäller.",
        agare="VARDGIVARE",
        vantar=True,
    ),
    Orsak(
        kod="AVTAL_SAKNAS",
        titel="Avtal saknas",
        text="Uppdraget har inget avtal som gäller på vårddagen.",
        atgard="Regionen lägger upp avtalet. Vårdkontakten prövas sedan av sig själv.",
        agare="REGION",
        vantar=True,
    ),
    Orsak(
        kod="OMBUD_SAKNAS",
        titel="Avsändaren är inte vårdgivarens ombud",
        text="Vårdkontakten kom innan enheten fanns i registret, och enheten hör till en "
        "vårdgivare som avsändaren inte får rapportera för.",
        atgard="Är enheten riktig: vårdgivaren anmäler systemet som sitt ombud till regionen. "
        "Annars rättar avsändaren enheten.",
        agare="VARDGIVARE",
        vantar=True,
    ),
    Orsak(
        kod="VANTAR_PA_HUVUDKONTAKT",
        titel="Huvudkontakten är inte rapporterad",
        text="Vårdkontakten som deltagandet hör till är ännu inte rapporterad, eller dess enhet "
        "saknar avtal på dagen.",
        atgard="Den huvudansvariga rapporterar vårdkontakten. Deltagandet prövas sedan av sig "
        "själv.",
        agare="VARDGIVARE",
        vantar=True,
    ),
    Orsak(
        kod="DELTAGANDE_FEL",
        titel="Deltagandet stämmer inte med huvudkontakten",
        text="Deltagandet är inte kopplat till sin huvudkontakt. Varför står vid tillfället.",
        atgard="Rätta deltagandet, eller be den huvudansvariga rätta vårdkontakten.",
        agare="VARDGIVARE",
    ),
    Orsak(
        kod="DELTAGANDE_ANNAN_VARDGIVARE",
        titel="Enheten hör till en annan vårdgivare",
        text="Enheten hörde till en annan vårdgivare på dagen än den som deltagandet rapporterades "
        "för.",
        atgard="Makulera deltagandet. Den vårdgivare som har enheten rapporterar det.",
        agare="VARDGIVARE",
    ),
    Orsak(
        kod="DELTAGANDE_UTAN_REGEL",
        titel="Avtalet ersätter inte deltagandet",
        text="Ingen regel i avtalsområdet ger ersättning för ett sådant deltagande.",
        agare="",
    ),
    Orsak(
        kod="DELTAGANDE_UNDER_TAK",
        titel="Deltagande ersätts inte enligt de nationella taxorna",
        text="I ett avtalsområde med ersättningstak ersätts bara egna vårdkontakter.",
        agare="",
    ),
    Orsak(
        kod=REGEL_PARKERAR,
        titel="En kontroll parkerar vårdkontakten",
        text="Vårdkontakten har en avvikelse som regionen parkerar i avtalsområdet. Den står bland "
        "vårdkontaktens anmärkningar.",
        atgard="Rätta vårdkontakten. Är den riktig som den är, hör av dig till regionen.",
        agare="VARDGIVARE",
        vantar=True,
    ),
    Orsak(
        kod=AVGJORD,
        titel="Avgjord av regionen",
        text="Vårdkontakten väntade länge på något som inte kom. Regionen har avgjort att den inte "
        "ger ersättning.",
        atgard="Är det fel: rätta vårdkontakten, så prövas den på nytt, eller kontakta regionen.",
        agare="VARDGIVARE",
    ),
    Orsak(
        kod="TESTUPPDRAG",
        titel="Enheten har ett testuppdrag",
        text="Det som rapporteras på ett testuppdrag ger aldrig ersättning.",
    ),
    Orsak(
        kod="REGELPAKET_SAKNAS",
        titel="Regler saknas för vårddagen",
        text="Avtalsområdet har inget publicerat regelpaket som gäller på vårddagen.",
        atgard="Regionen publicerar reglerna. Vårdkontakten prövas sedan av sig själv.",
        agare="REGION",
        vantar=True,
    ),
    Orsak(
        kod="PRIS_SAKNAS",
        titel="Väntar på pris",
        text="Produkten saknar pris på vårddagen.",
        atgard="Regionen publicerar priset. Vårdkontakten prövas sedan av sig själv.",
        agare="REGION",
        vantar=True,
    ),
    Orsak(
        kod="TAK_NATT",
        titel="Årets ersättningstak är nått",
        text="Under kalenderåret har arvoden upp till ersättningstaket redan betalats.",
    ),
)

#: Reasons by code. A pack's own reasons (rules of kind `ingen`) stand in the pack.
ORSAKER: Final = {**ERSMO, **{orsak.kod: orsak for orsak in _PLATS}}


def must_be_corrected(kod: str) -> bool:
    """Say whether the provider or its journal system must mend something before payment."""
    orsak = ERSMO.get(kod)
    return orsak is not None and orsak.vantar and orsak.agare != "REGION"
