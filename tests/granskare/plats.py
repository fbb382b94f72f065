"""Unit, commission and contract of a contact on its day of care."""

ERSATTANDE_STYP = {"06", "07", "08"}


class Vantar(Exception):
    """The contact waits for something that is missing."""


class IngenErsattning(Exception):
    """The contact is not paid."""


def holds(dag, fran, till):
    """Say whether a half-open period holds on the day."""
    return fran is not None and fran <= dag and (till is None or dag < till)


def place(innehall, uppdrag):
    """Return the row of granska_uppdrag that the contact belongs to, and the day it was found on.

    The day of care decides. A unit that did not exist then is looked for on the days of the
    procedures and on the last day.
    """
    dagar = [innehall["dag"], *innehall["andra_dagar"]]
    if innehall["slutdag"] is not None:
        dagar.append(innehall["slutdag"])
    for dag in dict.fromkeys(dagar):
        rader = [
            rad
            for rad in uppdrag.get(innehall["enhet_ref"], ())
            if holds(dag, rad["enhet_fran"], rad["enhet_till"])
        ]
        enheter = {(rad["kombika"], rad["enhet_fran"]) for rad in rader}
        if len(enheter) > 1:
            raise Vantar("ENHET_TVETYDIG")
        if enheter:
            return contract(innehall, rader, dag)
    raise Vantar("ENHET_OKAND")


def contract(innehall, rader, dag):
    """Return the unit's paying commission on the day, when there is exactly one."""
    gallande = [
        rad
        for rad in rader
        if holds(dag, rad["koppling_fran"], rad["koppling_till"])
        and holds(dag, rad["uppdrag_fran"], rad["uppdrag_till"])
    ]
    if any(rad["test"] for rad in gallande):
        raise IngenErsattning("TESTUPPDRAG")
    betalande = [rad for rad in gallande if rad["styp"] in ERSATTANDE_STYP]
    if len(betalande) > 1 and innehall["ers_uppdrag"]:
        utpekade = [rad for rad in betalande if rad["samverks_id"] == innehall["ers_uppdrag"]]
        betalande = utpekade or betalande
    if len(betalande) != 1:
        raise Vantar("UPPDRAG_TVETYDIGT" if betalande else "UPPDRAG_SAKNAS")
    rad = betalande[0]
    if rad["ada_nummer"] is None or not holds(dag, rad["avtal_fran"], rad["avtal_till"]):
        raise Vantar("AVTAL_SAKNAS")
    return rad
