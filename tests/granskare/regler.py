"""The rules as docs/regelsprak.md describes them: one plain walk through each rule."""

from datetime import date

from tests.granskare.plats import IngenErsattning

EN_KOD = {
    "form": "form",
    "besokstyp": "btyp",
    "vktyp": "vktyp",
    "taxa": "taxa",
    "akut": "akut",
    "kon": "kon",
    "basomrade": "basomrade",
    "kombika": "enhet_ref",
    "ers_uppdrag": "ers_uppdrag",
    "ikod": "ikod",
    "ukod": "ukod",
    "vplan": "vplan",
    "remiss_fore": "remiss_fore",
    "remiss_efter": "remiss_efter",
}
KODER_I_ORDNING = {
    "yrkeskategori": "yrkeskategorier",
    "atgard": "atgarder",
    "diagnos": "diagnoser",
    "lakemedel": "lakemedel",
    "tillstand": "tillstand",
    "produkt": "produkter",
}
KAN_VARA_OKANT = {"kon", "basomrade"}
IDENTITETER = {"kombika", "ers_uppdrag", "remiss_fore", "remiss_efter", "avtalsegenskap"}
ORDNING = {"ingen": 0, "grund": 1, "tillagg": 2, "avdrag": 3}


def kind(text):
    """Return which characters are digits and which are letters."""
    return [tecken.isdigit() for tecken in text]


def takes(monster, kod, *, identitet=False):
    """Say whether a pattern takes in a code: whole, a beginning ("M54*") or a range ("A00-B99").

    A range compares as many characters as its bounds have, and only codes with digits and letters
    in the same places.
    """
    if monster.endswith("*"):
        return kod.startswith(monster[:-1])
    if "-" in monster and not identitet:
        fran, till = monster.split("-")
        borjan = kod[: len(fran)]
        return fran <= borjan <= till and kind(borjan) == kind(fran)
    return kod == monster


class Regelpaket:
    """A published pack, asked about one contact on one day of care."""

    def __init__(self, dokument, innehall, plats):
        self.dokument = dokument
        self.innehall = innehall
        self.plats = plats
        self.dag = innehall["dag"]
        self.grupper = {g["namn"]: self._group(g) for g in dokument.get("grupper", [])}

    def _group(self, grupp):
        if "koder" in grupp:
            return as_list(grupp["koder"])
        return [
            kod
            for period in grupp["perioder"]
            if self._valid(period)
            for kod in as_list(period["koder"])
        ]

    def _valid(self, giltig):
        t_o_m = giltig.get("t_o_m")
        return date.fromisoformat(giltig["fr_o_m"]) <= self.dag and (
            t_o_m is None or self.dag <= date.fromisoformat(t_o_m)
        )

    def rows(self):
        """Return the rows that the contact earns, as (product, kind, quantity).

        Raises Vantar or IngenErsattning. When a fact is missing that could change a base, a
        deduction or whether the contact is paid at all, it is not paid: the fact must come first.
        """
        regler = [
            regel
            for regel in self.dokument["regler"]
            if regel.get("giltig") is None or self._valid(regel["giltig"])
        ]
        svar = [(regel, self._asks(regel)) for regel in regler]
        ordnade = sorted(svar, key=lambda par: (ORDNING[par[0]["typ"]], par[0].get("prioritet", 1)))
        sakra = self._settle([regel for regel, ja in ordnade if ja])
        mojliga = self._settle(
            [regel for regel, ja in ordnade if ja or (ja is None and regel["typ"] != "tillagg")]
        )
        if sakra != mojliga:
            raise IngenErsattning("UPPGIFT_SAKNAS")
        if not sakra:
            raise IngenErsattning("INGEN_REGEL")
        return sakra

    def _settle(self, regler):
        """Return what the rules that fit give together; they come in order."""
        if regler and regler[0]["typ"] == "ingen":
            return []
        kvar = {tak["namn"]: tak["hogst"] for tak in self.dokument.get("tak", [])}
        tagna, grunder, rader = set(), [], []
        for regel in regler:
            grupp, tak = regel.get("exklusivitetsgrupp"), regel.get("tak")
            givna = [produkt for produkt, _, _ in rader]
            kraver = regel.get("kraver_grund", True)
            behover = regel["typ"] in ("tillagg", "avdrag")
            if grupp in tagna or one_of(as_list(regel.get("utesluts_av", [])), givna):
                continue
            if behover and not one_of(["*"] if kraver is True else as_list(kraver), grunder):
                continue
            if tak is not None and kvar[tak] == 0:
                continue
            antal = self._quantity(regel)
            if tak is not None:
                antal = min(antal, kvar[tak])
                kvar[tak] -= antal
            rader.append((regel["produktkod"], regel["typ"].upper(), antal))
            if grupp is not None:
                tagna.add(grupp)
            if regel["typ"] == "grund":
                grunder.append(regel["produktkod"])
        return rader

    def _quantity(self, regel):
        antal = regel.get("antal", 1)
        if not isinstance(antal, dict):
            return antal
        if "per_produkt" in antal:
            traffar = [
                styck
                for kod, styck in zip(
                    self.innehall["produkter"], self.innehall["produktantal"], strict=True
                )
                if self._any("produkt", antal["per_produkt"], kod)
            ]
            return min(sum(traffar), antal.get("hogst", sum(traffar)))
        olika = sum(
            self._any("atgard", antal["per_atgard"], kod) for kod in set(self.innehall["atgarder"])
        )
        return min(olika, antal.get("hogst", olika))

    def _asks(self, regel):
        """Answer all that the rule asks: True, False, or None when a fact is missing."""
        block = [self.dokument.get("galler_for", {}), regel.get("villkor", {})]
        svar = [self._block(delar) for delar in block]
        antal = regel.get("antal")
        if isinstance(antal, dict):
            ord_, falt, namn = (
                ("produkt", "produkter", "per_produkt")
                if "per_produkt" in antal
                else ("atgard", "atgarder", "per_atgard")
            )
            svar.append(any(self._any(ord_, antal[namn], kod) for kod in self.innehall[falt]))
        return all_of(svar)

    def _block(self, block):
        return all_of([self._word(ord_, fraga) for ord_, fraga in block.items()])

    def _word(self, ord_, fraga):
        innehall = self.innehall
        if ord_ == "inte":
            svar = self._block(fraga)
            return None if svar is None else not svar
        if ord_ == "nagot_av":
            svar = [self._block(block) for block in fraga]
            return True if True in svar else None if None in svar else False
        if ord_ == "avgiftsavdrag":
            return self.plats["avgiftsavdrag"] is fraga
        if ord_ == "alder":
            return within(fraga, age(innehall["fodd"], self.dag))
        if ord_ == "langd":
            slut = innehall["slutdag"]
            return within(fraga, None if slut is None else (slut - self.dag).days + 1)
        if ord_ == "lan":
            return self._county(fraga)
        if ord_ == "uppdragstyp":
            return self._any(ord_, fraga, self.plats["uppdragstyp"])
        if ord_ == "avtalsegenskap":
            egenskaper = self.plats["egenskaper"] or {}
            return all(
                namn in egenskaper and self._any(ord_, koder, str(egenskaper[namn]))
                for namn, koder in fraga.items()
            )
        if ord_ in EN_KOD:
            kod = innehall[EN_KOD[ord_]]
            if not kod:
                return None if ord_ in KAN_VARA_OKANT else False
            return self._any(ord_, fraga, kod)
        return self._codes(ord_, fraga, innehall[KODER_I_ORDNING[ord_]])

    def _county(self, fraga):
        if not self.innehall["lkf"]:
            return None
        lan = self.innehall["lkf"][:2]
        return all_of(
            [self._any("lan", koder, lan) is (sats == "ar") for sats, koder in fraga.items()]
        )

    def _codes(self, ord_, fraga, koder):
        svar = []
        for sats, begart in fraga.items():
            if sats in ("forsta", "huvud"):
                svar.append(bool(koder) and self._any(ord_, begart, koder[0]))
            elif sats == "nagon":
                svar.append(any(self._any(ord_, begart, kod) for kod in koder))
            elif sats == "ingen":
                svar.append(not any(self._any(ord_, begart, kod) for kod in koder))
            elif sats == "alla":
                svar.append(
                    all(
                        any(takes(monster, kod) for kod in koder)
                        for monster in self._patterns(begart)
                    )
                )
            elif sats == "en_av_varje":
                svar += [any(self._any(ord_, lista, kod) for kod in koder) for lista in begart]
            elif sats == "finns":
                svar.append(bool(koder) is begart)
            elif sats == "minst_antal":
                bland = [k for k in koder if self._any(ord_, fraga.get("av", "*"), k)]
                svar.append(len(set(bland) if fraga.get("olika") else bland) >= begart)
            elif sats not in ("av", "olika"):
                raise ValueError(f"Okänt ord i regelpaketet: {ord_} {sats}")
        return all(svar)

    def _patterns(self, koder):
        return [
            monster
            for kod in as_list(koder)
            for monster in (self.grupper[kod[1:]] if kod.startswith("@") else [kod])
        ]

    def _any(self, ord_, koder, kod):
        identitet = ord_ in IDENTITETER
        return any(takes(monster, kod, identitet=identitet) for monster in self._patterns(koder))


def as_list(value):
    """Return one code or a list of codes as a list."""
    return [value] if isinstance(value, str) else list(value)


def all_of(svar):
    """Return False when one is false, None when one is unknown, else True."""
    return False if False in svar else None if None in svar else True


def one_of(monster, produkter):
    """Say whether one of the products is taken in by one of the patterns."""
    return any(takes(m, produkt, identitet=True) for m in monster for produkt in produkter)


def within(granser, tal):
    """Say whether a number lies within inclusive bounds; None when it is unknown."""
    if tal is None:
        return None
    return granser.get("fran", tal) <= tal <= granser.get("till", tal)


def age(fodd, dag):
    """Return the age in whole years. Who is born on 29 February has a birthday on the month's last
    day in other years.
    """
    if fodd is None:
        return None
    manad, dag_i_manad = fodd.month, fodd.day
    if (manad, dag_i_manad) == (2, 29) and not is_leap(dag.year):
        dag_i_manad = 28
    return dag.year - fodd.year - ((dag.month, dag.day) < (manad, dag_i_manad))


def is_leap(ar):
    """Say whether the year has a 29 February."""
    return ar % 4 == 0 and (ar % 100 != 0 or ar % 400 == 0)
