"""Who pays for a contact at a unit, by the customer code (KUND) of the unit.

* Another customer than 0000: the region pays.
* 0000: the unit is paid by whoever sends the patients. Among the units under the same commission,
  one whose customer is 9175 (payment responsibility for all medical service) and whose kind
  (AVDTYP) is a mottagning for open care, or a ward for in-patient care, pays.
* 0000 and no such unit: the referring unit pays.

When units of several HSA-ids could pay there is no payer but a finding. Home care has no kinds of
unit in the public rule, so there the referring unit pays.

Source: getPayerOrganization of sll-rtjp.gvradapter (Apache-2.0), which lets the last match win.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

import msgspec

from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.felkatalog import Felpost, add, finding
from gvr.core.kodserver import INGET_UPPDRAG, Post
from gvr.core.vardkontakt import Form

#: The region as care giver.
REGIONEN: Final = "SE2321000016-39KJ"
REMITTENTEN: Final = "0000"
ALL_SERVICE: Final = "9175"
SAKNAS: Final = "BETALARE_SAKNAS"
TVETYDIG: Final = "BETALARE_TVETYDIG"
_OPPEN: Final = frozenset(
    ("31", "40", "42", "43", "44", "45", "46", "48", "50", "51", "78", "90", "95", "99")
)
_SLUTEN: Final = frozenset(("10", "11", "20"))
AVDTYPER: Final = {Form.OPPENVARD: _OPPEN, Form.SLUTENVARD: _SLUTEN, Form.HEMSJUKVARD: frozenset()}

Grund = Literal["KUND", "UPPDRAGET", "REMITTENTEN"]

add(
    Felpost(
        kod=TVETYDIG,
        titel="Flera enheter kan vara betalare",
        text="Flera enheter under samma uppdrag har betalningsansvar den dagen.",
        atgard="Rätta enheternas kund eller typ i Kodservern, så att en enda återstår.",
        agare="REGION",
        allvar=Allvar.ANMARKNING,
        kalla="https://github.com/SLL-RTP/sll-rtjp.gvradapter",
    ),
    Felpost(
        kod=SAKNAS,
        titel="Ingen betalare",
        text="Enhetens kund går inte att avgöra, eller så saknas remitterande enhet.",
        atgard="Komplettera enhetens kund i Kodservern, eller ange remitterande enhet.",
        agare="REGION",
        allvar=Allvar.ANMARKNING,
        kalla="https://github.com/SLL-RTP/sll-rtjp.gvradapter",
    ),
)


class Kandidat(msgspec.Struct, frozen=True, kw_only=True):
    """A unit's entry, and the HSA-id it has on the day; empty when it has none."""

    post: Post
    hsa_id: str


class Betalare(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays, and by which of the rules."""

    hsa_id: str
    grund: Grund


def payer(
    enhet: Post, *, dag: date, form: Form, grannar: Sequence[Kandidat], remittent: str | None
) -> Betalare | Avvikelse:
    """Return who pays for a contact at a unit on a day, or why that cannot be said.

    `grannar` are the units, this one among them or not, that may share a commission with it;
    those that do not on the day are passed over. `remittent` is the referring unit's HSA-id.
    """
    kunder = set(enhet.linked_on("KUND", dag))
    if len(kunder) != 1:
        return _missing(enhet, f"Enheten {enhet.kod} har {len(kunder)} kunder den {dag}.")
    if kunder != {REMITTENTEN}:
        return Betalare(hsa_id=REGIONEN, grund="KUND")
    uppdrag = set(enhet.linked_on("SAMVERKS", dag)) - {INGET_UPPDRAG}
    ansvariga = {
        granne.hsa_id
        for granne in grannar
        if granne.post.giltig.contains(dag)
        and ALL_SERVICE in granne.post.linked_on("KUND", dag)
        and uppdrag & set(granne.post.linked_on("SAMVERKS", dag))
        and AVDTYPER[form] & set(granne.post.linked_on("AVDTYP", dag))
    }
    if ansvariga == {""}:
        return _missing(enhet, f"Den betalande enheten har inget HSA-id den {dag}.")
    ansvariga.discard("")
    if len(ansvariga) > 1:
        return finding(
            TVETYDIG,
            pekare="/enhet",
            text=f"För enheten {enhet.kod} kan flera betala den {dag}: "
            f"{', '.join(sorted(ansvariga))}.",
            varde=enhet.kod,
        )
    if ansvariga:
        return Betalare(hsa_id=ansvariga.pop(), grund="UPPDRAGET")
    if remittent:
        return Betalare(hsa_id=remittent, grund="REMITTENTEN")
    return _missing(enhet, f"Enheten {enhet.kod} betalas av remittenten, och ingen är angiven.")


def paid_by(funnen: Betalare | Avvikelse | None, *, i_kraft: bool) -> str | None:
    """Return the HSA-id of who pays under a commission; None when nobody knows.

    The code server's word comes first, also when it is that nobody can tell. Where it has no entry
    of the unit, a contract that is in force with the region says that the region pays.
    """
    if isinstance(funnen, Betalare):
        return funnen.hsa_id
    return REGIONEN if funnen is None and i_kraft else None


def _missing(enhet: Post, text: str) -> Avvikelse:
    return finding(SAKNAS, pekare="/enhet", text=text, varde=enhet.kod)
