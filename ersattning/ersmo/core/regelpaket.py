"""Regelpaket: the rules of one ersättningsmodell, as a document that carries its own proof.

The document (YAML in, YAML out) is what people write, approve and read. `parse` turns it into
values or gives every fault at once; an unknown word is always a fault. `dump` writes it back.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from ersattning.ersmo.core import exempel as exempelkontakt
from ersattning.ersmo.core.lasning import Lasare, below, suggest
from ersattning.ersmo.core.orsaker import ORSAKER, Orsak
from ersattning.ersmo.core.regel import (
    ALLA_PRODUKTER,
    DELTAGARORD,
    DELTAGARROLLER,
    HOGST_ALTERNATIV,
    Antal,
    Exempel,
    Kodgrupp,
    Regel,
    Regelpaket,
    Tak,
    Typ,
    count_alternatives,
    settling_order,
    takes_product,
)
from ersattning.ersmo.core.villkor import ORD, Alla, Slag, Villkor, atoms
from ersattning.ersmo.core.villkorsdokument import Listnamn, dump_block, read_block, read_codes
from gvr.core.avvikelse import Avvikelse
from gvr.core.period import Period

__all__ = [
    "Antal",
    "Exempel",
    "Kodgrupp",
    "Regel",
    "Regelpaket",
    "Tak",
    "Typ",
    "Villkor",
    "content_hash",
    "dump",
    "parse",
]


def content_hash(document: Mapping[str, Any]) -> str:
    """Return sha256 (hex) of the document as JSON with sorted keys; a date counts as its ISO text.

    The approval of a pack is bound to this value. Raises TypeError for a document with anything
    that is neither JSON nor a date.
    """
    text = json.dumps(
        document,
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        default=_iso,
        allow_nan=False,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _iso(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"Ett regelpaket kan inte innehålla {type(value).__name__}.")


#: What a quantity may be counted in, and the word whose codes it names.
_RAKNADE: Final = {"per_atgard": "atgard", "per_produkt": "produkt"}
_PAKETFALT: Final = (
    "modell",
    "namn",
    "avtalsomrade",
    "version",
    "giltig",
    "kallor",
    "inledning",
    "exempel_falt",
    "galler_for",
    "grupper",
    "tak",
    "utgangskontakt",
    "regler",
)
_REGELFALT: Final = (
    "id",
    "titel",
    "avsnitt",
    "text",
    "kalla",
    "typ",
    "produktkod",
    "orsak",
    "giltig",
    "villkor",
    "antal",
    "exklusivitetsgrupp",
    "prioritet",
    "tak",
    "kraver_grund",
    "utesluts_av",
    "exempel_falt",
    "exempel",
)
#: The condition that makes a rule one about participation.
SAMVERKAN: Final = "samverkan"
_MODELL: Final = re.compile(r"[A-Za-z0-9_-]{1,50}")
_ID: Final = re.compile(r"[A-ZÅÄÖ0-9][A-ZÅÄÖ0-9_-]{0,39}")
_ORSAKSKOD: Final = re.compile(r"[A-Z][A-Z0-9_]{2,39}")
_PRODUKT: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{0,29}")
_PRODUKTMONSTER: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{0,29}\*?|\*")


def parse(document: object) -> Regelpaket | tuple[Avvikelse, ...]:
    """Read a rule pack document. Returns the pack, or every fault that stops it, all at once."""
    lasare = Lasare()
    paket = _Dokument(lasare).read(document)
    return tuple(lasare.avvikelser) if lasare.avvikelser or paket is None else paket


class _Dokument:
    """Reads one document; holds what the rules need to know of the rest of it."""

    def __init__(self, lasare: Lasare) -> None:
        self.lasare = lasare
        self.giltig: Period | None = None
        self.listor: Listnamn = {}
        self.tak: frozenset[str] = frozenset()
        self.utgangskontakt: Mapping[str, object] = {}

    def read(self, document: object) -> Regelpaket | None:
        """Read the whole document. The result counts only when the reader noted no fault."""
        lasare = self.lasare
        fields = lasare.mapping(document, "", _PAKETFALT)
        texts = {
            namn: lasare.text(fields, namn, "", krav=True)
            for namn in ("modell", "namn", "avtalsomrade", "version")
        }
        if texts["modell"] and not _MODELL.fullmatch(texts["modell"]):
            text = "modell har bokstäver, siffror, bindestreck och understreck, högst 50 tecken."
            lasare.note("ERSMO003", "/modell", text)
        self.giltig = lasare.period(fields.get("giltig", {}), "/giltig")
        kallor = lasare.texts(fields.get("kallor"), "/kallor")
        if not kallor:
            lasare.note("ERSMO002", "/kallor", "Minst en källa ska anges.")
        grupper = self._groups(fields.get("grupper", ()))
        tak = self._caps(fields.get("tak", ()))
        galler_for = (
            read_block(lasare, fields["galler_for"], "/galler_for", self.listor)
            if "galler_for" in fields
            else Alla(())
        )
        self.utgangskontakt = self._starting_contact(fields.get("utgangskontakt", {}))
        regler = tuple(
            self._rule(value, pekare)
            for pekare, value in lasare.sequence(fields.get("regler", ()), "/regler")
        )
        if not regler:
            lasare.note("ERSMO002", "/regler", "Regelpaketet har ingen regel.")
        self._check_across(regler, galler_for)
        if self.giltig is None:
            return None
        return Regelpaket(
            **texts,
            giltig=self.giltig,
            kallor=kallor,
            regler=regler,
            galler_for=galler_for,
            grupper=grupper,
            tak=tak,
            inledning=lasare.text(fields, "inledning", ""),
            exempel_falt=self._example_fields(fields, "", frozenset(_PAKETFALT)),
            utgangskontakt=self.utgangskontakt,
        )

    def _starting_contact(self, value: object) -> Mapping[str, object]:
        if isinstance(value, Mapping):
            return exempelkontakt.plain_fields(value)
        self.lasare.note("ERSMO003", "/utgangskontakt", "Här ska det stå vårdkontaktens fält.")
        return {}

    def _groups(self, value: object) -> tuple[Kodgrupp, ...]:
        lasare = self.lasare
        grupper = []
        for pekare, item in lasare.sequence(value, "/grupper"):
            fields = lasare.mapping(item, pekare, ("namn", "ord", "text", "koder", "perioder"))
            namn = lasare.text(fields, "namn", pekare, krav=True)
            ord_ = lasare.text(fields, "ord", pekare, krav=True)
            if ord_ and (ord_ not in ORD or ORD[ord_].slag in (Slag.INTERVALL, Slag.JANEJ)):
                kanda = [w.namn for w in ORD.values() if w.kodverk]
                lasare.note("ERSMO001", below(pekare, "ord"), suggest(ord_, kanda))
                continue
            perioder = self._group_periods(fields, ord_, pekare) if ord_ else ()
            text = lasare.text(fields, "text", pekare)
            grupper.append(Kodgrupp(namn=namn, ord=ord_, text=text, perioder=perioder))
        self._check_unique([grupp.namn for grupp in grupper], "/grupper", "namn")
        self.listor = {grupp.namn: grupp.ord for grupp in grupper}
        return tuple(grupper)

    def _group_periods(
        self, fields: Mapping[str, object], ord_: str, pekare: str
    ) -> tuple[tuple[Period, tuple[str, ...]], ...]:
        lasare = self.lasare
        if ("koder" in fields) == ("perioder" in fields):
            lasare.note("ERSMO002", pekare, "Ange antingen koder eller perioder med koder.")
            return ()
        if "koder" in fields:
            koder = read_codes(lasare, ORD[ord_], fields["koder"], below(pekare, "koder"), {})
            return ((self.giltig, koder),) if self.giltig is not None else ()
        found: list[tuple[Period, tuple[str, ...]]] = []
        for plats, item in lasare.sequence(fields["perioder"], below(pekare, "perioder")):
            row = lasare.mapping(item, plats, ("fr_o_m", "t_o_m", "koder"))
            period = lasare.period({key: row[key] for key in row if key != "koder"}, plats)
            koder = read_codes(lasare, ORD[ord_], row.get("koder"), below(plats, "koder"), {})
            if period is None:
                continue
            if any(period.overlaps(earlier) for earlier, _ in found):
                lasare.note("ERSMO005", plats, "Listans perioder överlappar varandra.")
            found.append((period, koder))
        return tuple(found)

    def _caps(self, value: object) -> tuple[Tak, ...]:
        lasare = self.lasare
        tak = []
        for pekare, item in lasare.sequence(value, "/tak"):
            fields = lasare.mapping(item, pekare, ("namn", "hogst", "text"))
            namn = lasare.text(fields, "namn", pekare, krav=True)
            hogst = lasare.number(fields, "hogst", pekare, minst=1)
            if hogst is None:
                lasare.note("ERSMO002", below(pekare, "hogst"), "Fältet hogst saknas.")
            tak.append(Tak(namn=namn, hogst=hogst or 1, text=lasare.text(fields, "text", pekare)))
        self._check_unique([ett.namn for ett in tak], "/tak", "namn")
        self.tak = frozenset(ett.namn for ett in tak)
        return tuple(tak)

    def _rule(self, value: object, pekare: str) -> Regel:
        lasare = self.lasare
        fields = lasare.mapping(value, pekare, _REGELFALT)
        typ = self._kind(fields, pekare)
        id_ = lasare.text(fields, "id", pekare, krav=True)
        if id_ and not _ID.fullmatch(id_):
            text = "Ett id har versaler, siffror, bindestreck och understreck, högst 40 tecken."
            lasare.note("ERSMO003", below(pekare, "id"), text)
        kalla = lasare.texts(fields.get("kalla"), below(pekare, "kalla"))
        if not kalla:
            lasare.note("ERSMO002", below(pekare, "kalla"), "Fältet kalla saknas.")
        grupp = lasare.text(fields, "exklusivitetsgrupp", pekare) or None
        if grupp is None and "prioritet" in fields:
            text = "prioritet hör ihop med exklusivitetsgrupp, som saknas."
            lasare.note("ERSMO009", below(pekare, "prioritet"), text)
        kraver_grund = self._base(fields, typ, pekare)
        samverkan, fields = self._participation(fields, pekare)
        villkor = (
            self._conditions(fields, kraver_grund, pekare)
            if not samverkan or "villkor" in fields
            else Alla(())
        )
        if samverkan:
            self._check_words(villkor, below(pekare, "villkor"))
            if isinstance(antal := fields.get("antal"), Mapping) and "per_produkt" in antal:
                text = "Om ett deltagande går det inte att räkna rapporterade produkter."
                self.lasare.note("ERSMO009", below(pekare, "antal", "per_produkt"), text)
        kanda = frozenset(_REGELFALT) | {f"villkor/{atom.ord}" for atom in atoms(villkor)}
        return Regel(
            id=id_,
            titel=lasare.text(fields, "titel", pekare, krav=True),
            typ=typ,
            produktkod=self._product(fields, typ, pekare),
            villkor=villkor,
            kalla=kalla,
            giltig=self._validity(fields, pekare),
            antal=self._quantity(fields.get("antal", 1), below(pekare, "antal")),
            exklusivitetsgrupp=grupp,
            prioritet=lasare.number(fields, "prioritet", pekare, minst=1) or 1,
            tak=self._cap(fields, pekare),
            kraver_grund=kraver_grund,
            utesluts_av=self._products(fields.get("utesluts_av", ()), below(pekare, "utesluts_av")),
            orsak=self._reason(fields, typ, pekare),
            avsnitt=lasare.text(fields, "avsnitt", pekare),
            text=lasare.text(fields, "text", pekare),
            exempel_falt=self._example_fields(fields, pekare, kanda),
            exempel=self._examples(
                fields.get("exempel", ()), below(pekare, "exempel"), samverkan=bool(samverkan)
            ),
            samverkan=samverkan,
        )

    def _participation(
        self, fields: Mapping[str, object], pekare: str
    ) -> tuple[tuple[str, ...], Mapping[str, object]]:
        """Return the roles of a rule about participation, and the fields without that word."""
        villkor = fields.get("villkor")
        if not isinstance(villkor, Mapping) or SAMVERKAN not in villkor:
            return (), fields
        lasare, har = self.lasare, below(pekare, "villkor", SAMVERKAN)
        block = lasare.filled_mapping(villkor[SAMVERKAN], har, ("roll",))
        roller = lasare.texts(block.get("roll"), below(har, "roll"))
        if block and not roller:
            lasare.note("ERSMO002", below(har, "roll"), "Fältet roll saknas.")
        for roll in roller:
            if roll not in DELTAGARROLLER:
                text = f"Rollen {roll} finns inte. {suggest(roll, DELTAGARROLLER)}"
                lasare.note("ERSMO001", below(har, "roll"), text)
        ovriga = {ord_: asked for ord_, asked in villkor.items() if ord_ != SAMVERKAN}
        utan = {namn: value for namn, value in fields.items() if namn != "villkor"}
        return roller, {**utan, **({"villkor": ovriga} if ovriga else {})}

    def _check_words(self, villkor: Alla, pekare: str) -> None:
        """Note every word that nothing is known of in a participation."""
        for ord_ in dict.fromkeys(atom.ord for atom in atoms(villkor)):
            if ord_ not in DELTAGARORD:
                text = f"Om ett deltagande går det inte att fråga efter {ord_}."
                self.lasare.note("ERSMO009", below(pekare, ord_), text)

    def _kind(self, fields: Mapping[str, object], pekare: str) -> Typ:
        namn = self.lasare.text(fields, "typ", pekare, krav=True).upper()
        if namn in Typ.__members__:
            return Typ[namn]
        if namn:
            kanda = [typ.lower() for typ in Typ]
            text = f"Typen {namn.lower()} finns inte. {suggest(namn, kanda)}"
            self.lasare.note("ERSMO001", below(pekare, "typ"), text)
        return Typ.GRUND

    def _product(self, fields: Mapping[str, object], typ: Typ, pekare: str) -> str:
        produktkod = self.lasare.text(fields, "produktkod", pekare, krav=typ is not Typ.INGEN)
        if typ is Typ.INGEN and "produktkod" in fields:
            text = "En regel av typen ingen har orsak i stället för produktkod."
            self.lasare.note("ERSMO009", below(pekare, "produktkod"), text)
        elif produktkod and not _PRODUKT.fullmatch(produktkod):
            text = "En produktkod har versaler, siffror och bindestreck, högst 30 tecken."
            self.lasare.note("ERSMO003", below(pekare, "produktkod"), text)
        return produktkod

    def _reason(self, fields: Mapping[str, object], typ: Typ, pekare: str) -> Orsak | None:
        lasare, har = self.lasare, below(pekare, "orsak")
        if typ is not Typ.INGEN:
            if "orsak" in fields:
                lasare.note("ERSMO009", har, "Bara en regel av typen ingen har orsak.")
            return None
        if "orsak" not in fields:
            lasare.note("ERSMO002", har, "En regel av typen ingen ska ange orsak.")
            return None
        row = lasare.mapping(fields["orsak"], har, ("kod", "text", "atgard", "agare"))
        kod = lasare.text(row, "kod", har, krav=True)
        if kod in ORSAKER or (kod and not _ORSAKSKOD.fullmatch(kod)):
            text = f"Orsakskoden {kod} är upptagen eller har andra tecken än A-Z, 0-9 och _."
            lasare.note("ERSMO003", below(har, "kod"), text)
        agare = lasare.text(row, "agare", har)
        agare_kanda = ("VARDGIVARE", "JOURNALSYSTEM", "REGION")
        if agare and agare not in agare_kanda:
            lasare.note("ERSMO001", below(har, "agare"), suggest(agare, agare_kanda))
        return Orsak(
            kod=kod,
            titel=lasare.text(fields, "titel", pekare),
            text=lasare.text(row, "text", har, krav=True),
            atgard=lasare.text(row, "atgard", har),
            agare=agare,
        )

    def _validity(self, fields: Mapping[str, object], pekare: str) -> Period | None:
        if fields.get("giltig") is None:
            return None
        har = below(pekare, "giltig")
        period = self.lasare.period(fields["giltig"], har)
        if period is not None and self.giltig is not None and not _within(period, self.giltig):
            text = f"Regelns tid ligger utanför regelpaketets {self.giltig}."
            self.lasare.note("ERSMO005", har, text)
        return period

    def _base(self, fields: Mapping[str, object], typ: Typ, pekare: str) -> tuple[str, ...]:
        lasare, har = self.lasare, below(pekare, "kraver_grund")
        value = fields.get("kraver_grund")
        if typ in (Typ.GRUND, Typ.INGEN):
            if value is not None and value is not False:
                lasare.note("ERSMO009", har, "Bara tillägg och avdrag kräver en grundersättning.")
            return ()
        if value is False:
            text = "Tillägg och avdrag betalas aldrig utan grundersättning. Gör regeln till grund."
            lasare.note("ERSMO009", har, text)
        if value is None or isinstance(value, bool):
            return (ALLA_PRODUKTER,)
        return self._products(value, har)

    def _products(self, value: object, pekare: str) -> tuple[str, ...]:
        produkter = self.lasare.texts(value, pekare)
        for produkt in produkter:
            if not _PRODUKTMONSTER.fullmatch(produkt):
                text = f"{produkt} är ingen produktkod. Skriv koden, eller början följd av *."
                self.lasare.note("ERSMO007", pekare, text)
        return produkter

    def _conditions(
        self, fields: Mapping[str, object], kraver_grund: tuple[str, ...], pekare: str
    ) -> Alla:
        lasare, har = self.lasare, below(pekare, "villkor")
        if "villkor" in fields:
            villkor = read_block(lasare, fields["villkor"], har, self.listor)
            if count_alternatives(villkor) > HOGST_ALTERNATIV:
                text = f"Regeln har fler än {HOGST_ALTERNATIV} kombinationer av alternativ."
                lasare.note("ERSMO010", har, text)
            return villkor
        if ALLA_PRODUKTER in kraver_grund or not kraver_grund:
            text = "Villkor saknas. Bara en regel som kräver en viss grundprodukt får vara utan."
            lasare.note("ERSMO002", har, text)
        return Alla(())

    def _quantity(self, value: object, pekare: str) -> Antal:
        lasare = self.lasare
        if not isinstance(value, Mapping):
            return Antal(fast=lasare.number({"antal": value}, "antal", "", minst=1) or 1)
        fields = lasare.filled_mapping(value, pekare, (*_RAKNADE, "hogst"))
        valda = [namn for namn in _RAKNADE if namn in fields]
        if not valda:
            text = "Fältet per_atgard eller per_produkt saknas."
            lasare.note("ERSMO002", below(pekare, "per_atgard"), text)
            return Antal()
        if len(valda) > 1:
            text = "Ange per_atgard eller per_produkt, inte båda."
            lasare.note("ERSMO003", below(pekare, "per_produkt"), text)
        namn = valda[0]
        koder = read_codes(
            lasare, ORD[_RAKNADE[namn]], fields[namn], below(pekare, namn), self.listor
        )
        hogst = lasare.number(fields, "hogst", pekare, minst=1)
        if namn == "per_produkt":
            return Antal(per_produkt=koder, hogst=hogst)
        return Antal(per_atgard=koder, hogst=hogst)

    def _cap(self, fields: Mapping[str, object], pekare: str) -> str | None:
        namn = self.lasare.text(fields, "tak", pekare) or None
        if namn is not None and namn not in self.tak:
            tips = suggest(namn, self.tak) if self.tak else "Regelpaketet har inga tak."
            self.lasare.note("ERSMO006", below(pekare, "tak"), f"Taket {namn} finns inte. {tips}")
        return namn

    def _example_fields(
        self, fields: Mapping[str, object], pekare: str, kanda: frozenset[str]
    ) -> tuple[str, ...]:
        har = below(pekare, "exempel_falt")
        marked = self.lasare.texts(fields.get("exempel_falt"), har)
        for namn in marked:
            if namn not in kanda:
                text = f"Fältet {namn} finns inte i regeln. {suggest(namn, kanda)}"
                self.lasare.note("ERSMO006", har, text)
        return marked

    def _examples(
        self, value: object, pekare: str, *, samverkan: bool = False
    ) -> tuple[Exempel, ...]:
        lasare = self.lasare
        kanda = ("namn", "kontakt", "utfall", "rader", "orsak", *(("roll",) if samverkan else ()))
        exempel = []
        for plats, item in lasare.sequence(value, pekare):
            fields = lasare.mapping(item, plats, kanda)
            kontakt = fields.get("kontakt", {})
            if not isinstance(kontakt, Mapping):
                lasare.note("ERSMO003", below(plats, "kontakt"), "Här ska det stå fält.")
                kontakt = {}
            built = exempelkontakt.build(exempelkontakt.merge(self.utgangskontakt, kontakt))
            if isinstance(built, str):
                lasare.note("ERSMO011", below(plats, "kontakt"), built)
            exempel.append(
                Exempel(
                    namn=lasare.text(fields, "namn", plats, krav=True),
                    kontakt=exempelkontakt.plain_fields(kontakt),
                    traff=self._outcome(fields, plats),
                    rader=self._rows(fields.get("rader"), below(plats, "rader")),
                    orsak=lasare.text(fields, "orsak", plats) or None,
                    roll=self._role(fields, plats),
                )
            )
        self._check_unique([ett.namn for ett in exempel], pekare, "namn")
        return tuple(exempel)

    def _role(self, fields: Mapping[str, object], pekare: str) -> str:
        roll = self.lasare.text(fields, "roll", pekare)
        if roll and roll not in DELTAGARROLLER[1:]:
            text = f"Rollen {roll} finns inte. {suggest(roll, DELTAGARROLLER[1:])}"
            self.lasare.note("ERSMO001", below(pekare, "roll"), text)
        return roll

    def _outcome(self, fields: Mapping[str, object], pekare: str) -> bool:
        utfall = self.lasare.text(fields, "utfall", pekare, krav=True)
        if utfall not in ("", "träff", "miss"):
            text = f"Utfallet {utfall} finns inte. {suggest(utfall, ('träff', 'miss'))}"
            self.lasare.note("ERSMO001", below(pekare, "utfall"), text)
        return utfall == "träff"

    def _rows(self, value: object, pekare: str) -> Mapping[str, int] | None:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.lasare.note("ERSMO003", pekare, "Skriv antal per produktkod.")
            return None
        return {str(kod): self.lasare.number(value, kod, pekare, minst=1) or 1 for kod in value}

    def _check_unique(self, namn: list[str], pekare: str, falt: str) -> None:
        seen: set[str] = set()
        for plats, ett in enumerate(namn):
            if ett and ett in seen:
                har = below(pekare, plats, falt)
                self.lasare.note("ERSMO004", har, f"{ett} finns redan tidigare i listan.")
            seen.add(ett)

    def _check_across(self, regler: tuple[Regel, ...], galler_for: Alla) -> None:
        """Find what can only be seen when every rule has been read."""
        self._check_unique([regel.id for regel in regler], "/regler", "id")
        if any(regel.samverkan for regel in regler):
            self._check_words(galler_for, "/galler_for")
        for plats, regel in enumerate(regler):
            har = below("/regler", plats)
            samma = tuple(o for o in regler if bool(o.samverkan) is bool(regel.samverkan))
            order = settling_order(samma)
            grund = [other.produktkod for other in samma if other.typ is Typ.GRUND]
            for produkt in regel.kraver_grund:
                if not any(takes_product(produkt, kod) for kod in grund):
                    text = f"Ingen regel av typen grund ger produkten {produkt}."
                    self.lasare.note("ERSMO006", below(har, "kraver_grund"), text)
            for produkt in regel.utesluts_av:
                self._check_exclusion(regel, produkt, order, below(har, "utesluts_av"))

    def _check_exclusion(self, regel: Regel, produkt: str, order: list[Regel], pekare: str) -> None:
        givers = [other for other in order if takes_product(produkt, other.produktkod)]
        if not givers:
            self.lasare.note("ERSMO006", pekare, f"Ingen regel ger produkten {produkt}.")
        late = [other.id for other in givers if order.index(other) > order.index(regel)]
        if late:
            text = f"{', '.join(late)} prövas efter {regel.id}, som utesluts av {produkt}."
            self.lasare.note("ERSMO012", pekare, text)


def _within(inner: Period, outer: Period) -> bool:
    """Say whether a rule's days are the pack's; a rule without an end lasts as long as the pack."""
    ends_in_time = inner.slut is None or outer.slut is None or inner.slut <= outer.slut
    return outer.contains(inner.start) and ends_in_time


def dump(paket: Regelpaket) -> dict[str, Any]:
    """Write a pack as a document that `parse` reads back to the same pack."""
    document: dict[str, Any] = {
        "modell": paket.modell,
        "namn": paket.namn,
        "avtalsomrade": paket.avtalsomrade,
        "version": paket.version,
        "giltig": _dump_period(paket.giltig),
        "kallor": list(paket.kallor),
    }
    optional = (
        ("inledning", paket.inledning),
        ("exempel_falt", list(paket.exempel_falt)),
        ("galler_for", dump_block(paket.galler_for)),
        ("grupper", [_dump_group(grupp) for grupp in paket.grupper]),
        ("tak", [{"namn": t.namn, "hogst": t.hogst, "text": t.text} for t in paket.tak]),
        ("utgangskontakt", dict(paket.utgangskontakt)),
    )
    document.update({namn: value for namn, value in optional if value})
    document["regler"] = [dict(_dump_rule(regel)) for regel in paket.regler]
    return document


def _dump_period(period: Period) -> dict[str, str]:
    days = {"fr_o_m": period.fr_o_m.isoformat()}
    if period.t_o_m is not None:
        days["t_o_m"] = period.t_o_m.isoformat()
    return days


def _dump_group(grupp: Kodgrupp) -> dict[str, Any]:
    return {
        "namn": grupp.namn,
        "ord": grupp.ord,
        "text": grupp.text,
        "perioder": [
            {**_dump_period(period), "koder": list(koder)} for period, koder in grupp.perioder
        ],
    }


def _dump_rule(regel: Regel) -> Iterator[tuple[str, Any]]:
    yield from (("id", regel.id), ("titel", regel.titel))
    yield from _filled(avsnitt=regel.avsnitt, text=regel.text)
    yield from (("kalla", list(regel.kalla)), ("typ", regel.typ.lower()))
    yield from _filled(produktkod=regel.produktkod)
    if regel.orsak is not None:
        orsak = regel.orsak
        fields = _filled(kod=orsak.kod, text=orsak.text, atgard=orsak.atgard, agare=orsak.agare)
        yield "orsak", dict(fields)
    if regel.giltig is not None:
        yield "giltig", _dump_period(regel.giltig)
    om = {SAMVERKAN: {"roll": list(regel.samverkan)}} if regel.samverkan else {}
    yield from _filled(villkor={**om, **dump_block(regel.villkor)})
    if regel.antal.raknas is not None:
        antal = _filled(
            per_atgard=list(regel.antal.per_atgard),
            per_produkt=list(regel.antal.per_produkt),
            hogst=regel.antal.hogst,
        )
        yield "antal", dict(antal)
    elif regel.antal.fast != 1:
        yield "antal", regel.antal.fast
    if regel.exklusivitetsgrupp is not None:
        yield "exklusivitetsgrupp", regel.exklusivitetsgrupp
        yield "prioritet", regel.prioritet
    yield from _filled(tak=regel.tak)
    if regel.kraver_grund:
        anything = regel.kraver_grund == (ALLA_PRODUKTER,)
        yield "kraver_grund", True if anything else list(regel.kraver_grund)
    yield from _filled(
        utesluts_av=list(regel.utesluts_av),
        exempel_falt=list(regel.exempel_falt),
        exempel=[_dump_example(exempel) for exempel in regel.exempel],
    )


def _dump_example(exempel: Exempel) -> dict[str, Any]:
    return {
        "namn": exempel.namn,
        "kontakt": dict(exempel.kontakt),
        "utfall": "träff" if exempel.traff else "miss",
        **({} if exempel.rader is None else {"rader": dict(exempel.rader)}),
        **({} if exempel.orsak is None else {"orsak": exempel.orsak}),
        **({"roll": exempel.roll} if exempel.roll else {}),
    }


def _filled(**fields: Any) -> Iterator[tuple[str, Any]]:
    yield from ((namn, value) for namn, value in fields.items() if value)
