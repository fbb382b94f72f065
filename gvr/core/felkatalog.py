"""The catalogue of findings: what each code means, what to do about it and who does it.

One entry per code. The catalogue page, the decision receipt and the API all show these texts, so a
code reads the same wherever a person meets it. A finding about a contact may carry a text of its
own with the days and codes of that contact; `atgard` and `agare` always come from here.
"""

import msgspec

from gvr.core.avvikelse import Allvar, Avvikelse


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
    agare: str = "VARDGIVARE"
    http: int | None = None
    allvar: Allvar | None = None
    kalla: str | None = None


#: Every known code. Modules that raise codes of their own add them with `add` when imported.
FELKATALOG: dict[str, Felpost] = {}


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
