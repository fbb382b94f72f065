"""The forms of reservnummer: what is typed, and what becomes of it."""

from collections.abc import Iterable, Mapping
from typing import Final

from avstamning.core.blankett import Fel, read_day
from gvr.core.avvikelse import Avvikelse
from gvr.core.reservnummer import Koppling, Skal, Uppgifter

FALT: Final = ("skal", "fodd", "fodelsear", "kon", "lma_nummer", "lma_t_o_m")
KOPPLINGSFALT: Final = ("personnummer", "lkf", "skal")


def read(skrivet: Mapping[str, str]) -> tuple[Uppgifter | None, tuple[Fel, ...]]:
    """Return what is known of the patient, and what cannot be read."""
    fel = []
    for falt in ("fodd", "lma_t_o_m"):
        if skrivet[falt] and read_day(skrivet[falt]) is None:
            fel.append(
                Fel(
                    falt=falt,
                    text="Dagen går inte att läsa.",
                    atgard="Skriv år, månad och dag, till exempel 1990-05-17.",
                )
            )
    ar = skrivet["fodelsear"]
    if ar and not (len(ar) == 4 and ar.isascii() and ar.isdigit()):
        fel.append(Fel(falt="fodelsear", text="Skriv födelseåret med fyra siffror."))
    if skrivet["skal"] not in set(Skal):
        fel.append(
            Fel(
                falt="skal",
                text="Skälet saknas.",
                atgard="Välj varför patienten behöver ett reservnummer.",
            )
        )
    if fel:
        return None, tuple(fel)
    return (
        Uppgifter(
            skal=Skal(skrivet["skal"]),
            fodd=read_day(skrivet["fodd"]),
            fodelsear=int(ar) if ar else None,
            kon=skrivet["kon"] or None,
            lma_nummer=skrivet["lma_nummer"],
            lma_t_o_m=read_day(skrivet["lma_t_o_m"]),
        ),
        (),
    )


def as_tie(nummer: str, skrivet: Mapping[str, str], *, aterkalla: bool) -> Koppling:
    """Return the wish to tie the number, or to withdraw its tie."""
    if aterkalla:
        return Koppling(nummer=nummer, aterkalla=True, skal=skrivet["skal"])
    return Koppling(
        nummer=nummer,
        personnummer="".join(skrivet["personnummer"].split()),
        lkf=skrivet["lkf"] or None,
    )


def done(koppling: Koppling, kontakter: int) -> str:
    """Say what was done, and what follows."""
    vad = "Kopplingen är återkallad." if koppling.aterkalla else "Reservnumret är kopplat."
    if not kontakter:
        return vad
    antal = "1 vårdkontakt" if kontakter == 1 else f"{kontakter} vårdkontakter"
    return f"{vad} {antal} prövas på nytt."


def findings(avvikelser: Iterable[Avvikelse]) -> tuple[Fel, ...]:
    """Return what keeps it from being done, each at its field."""
    return tuple(
        Fel(
            falt=(falt if (falt := rad.pekare.lstrip("/")) in {*FALT, *KOPPLINGSFALT} else ""),
            text=rad.text,
            atgard=rad.atgard,
            kod=rad.kod,
        )
        for rad in avvikelser
    )


def beside(fel: Iterable[Fel]) -> dict[str, list[Fel]]:
    """Return the faults by field."""
    svar: dict[str, list[Fel]] = {}
    for rad in fel:
        svar.setdefault(rad.falt or "allmant", []).append(rad)
    return svar
