"""Measure the chain as ratios within one run, and write docs/prestanda.md."""

import os
import platform
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.test import Client
from django.utils import timezone

from avstamning.actions import demo
from avstamning.management import belastning, filmatning, matbank, matning
from ersattning import kedja
from ersattning.ersmo.actions import regelpaket
from ersattning.hej.actions import prislistor
from ersattning.hej.queries import lagen
from ersattning.vardfaktura.actions import stangningar
from ersattning.vardfaktura.queries import kalender
from gvr.actions import behorigheter, publicering
from gvr.core.demokontakter import as_json
from gvr.core.period import Period
from gvr.queries import kontakter
from gvr.queries.behorighet import databaskontext
from gvr.queries.portal import Synfalt

REGLER = 500
LITET = 100_000  # contacts that growth is measured from
RAPPORT = "docs/prestanda.md"


class Command(BaseCommand):
    """The rows of the design's speed table, with the machine described."""

    help = "Mäter intag, beslut, stängning och läsning som andelar av rå COPY i samma körning."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how much to measure with; `--del` is how the command starts its own helpers."""
        parser.add_argument("--kontakter", type=int, default=40_000)
        parser.add_argument(
            "--tillvaxt",
            type=int,
            default=300_000,
            help="Vårdkontakter i registret när tillväxten mäts mot 100 000; 10000000 är hela.",
        )
        parser.add_argument(
            "--filhandelser",
            type=int,
            default=100_000,
            help="Händelser i den fil som tas emot och lämnas ut när minnet mäts.",
        )
        parser.add_argument("--del", nargs=3, dest="delen", metavar=("VAD", "NR", "MAPP"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure, print and write."""
        if options["delen"]:
            vad, nr, mapp = options["delen"]
            if vad in (filmatning.IN, filmatning.UT):
                filmatning.run(vad, Path(mapp))
                return
            matning.run_part(vad, int(nr), Path(mapp))
            return
        owner = os.environ.get("DATABASE_OWNER_URL")
        if not owner:
            raise CommandError("DATABASE_OWNER_URL saknas: mätningen gör en egen databas.")
        with matbank.bank(owner), tempfile.TemporaryDirectory() as mapp:
            self.owner, self.mapp = owner, Path(mapp)
            figures = self._measure(options["kontakter"])
            figures |= self._measure_singles()
            figures |= self._measure_files(options["filhandelser"])
            figures |= self._measure_growth(options["tillvaxt"])
        self._write(figures, options["kontakter"])

    def _measure_singles(self) -> dict[str, float]:
        """Measure reports of one contact through a real web server, against an empty view."""
        self._say("En vårdkontakt i taget")
        with belastning.web_server() as port:
            andelar = matning.single_shares(port)
        klient = Client()
        planerade = matning.contacts(2, seed=12)
        kroppar = [msgspec.json.encode(as_json(r.vardhandelse_id, r.innehall)) for r in planerade]
        matning.post_one(klient, kroppar[0], "en-0")
        return {
            "singel/tom vy": andelar.post,
            "en rad/tom vy": andelar.rad,
            "sql/singel": matning.statements(lambda: matning.post_one(klient, kroppar[1], "en-1")),
        }

    def _measure_files(self, antal: int) -> dict[str, float]:
        """Measure the memory of a process that takes in a file, and of one that hands files on."""
        self._say(f"En fil med {antal} händelser in, och alla dagens händelser ut")
        filmatning.write_sample(self.mapp, antal)
        svar: dict[str, float] = {"fil/antal": antal}
        for namn, vad in (("in", filmatning.IN), ("ut", filmatning.UT)):
            atgang = filmatning.of_process(vad, self.mapp)
            svar |= {f"fil/minne {namn}": atgang.mib, f"fil/s {namn}": atgang.sekunder}
        svar["fil/ut"] = self._count()
        return svar

    def _measure_growth(self, till: int) -> dict[str, float]:
        """Measure batch intake with 100 000 contacts in the register and with `till`."""
        takt = []
        for nr, volym in enumerate((LITET, max(till, LITET))):
            self._fill(volym)
            self._say(f"Intag med {volym} vårdkontakter i registret")
            seeds = (900_000 + 10 * nr, 900_001 + 10 * nr)
            takt.append(max(matning.batches_per_second(self.mapp, 20_000, seed=s) for s in seeds))
        return {"tillvaxt": takt[1] / takt[0], "tillvaxt till": max(till, LITET)}

    def _fill(self, volym: int) -> None:
        """Register until there are so many; work that nobody will do is taken away."""
        while (finns := self._count()) < volym:
            self._say(f"Fyller på: {finns} av {volym}")
            antal = min(volym - finns, 100_000)
            matning.batches_per_second(self.mapp, antal, seed=1_000_000 + finns)
            with databaskontext(alla=True), connection.cursor() as cursor:
                cursor.execute("delete from gvr_arende")

    def _count(self) -> int:
        with databaskontext(alla=True), connection.cursor() as cursor:
            cursor.execute("select count(*) from gvr_vardkontakt")
            return int(cursor.fetchone()[0])

    def _measure(self, antal: int) -> dict[str, float]:
        self._say("Exempelvärlden och 500 regler")
        demo.build(secret=settings.SECRET_KEY, at=timezone.now())
        self._publish_many_rules()
        here = matbank.url_of(self.owner, matbank.DATABAS)
        copy = matbank.url_of(self.owner, matbank.KOPIA)
        svar: dict[str, float] = {}

        self._say(f"Intag av {antal} vårdkontakter i satser om {matning.BATCH}")
        matbank.copy_as_it_is(self.owner)
        planerade = matning.contacts(antal, seed=7)
        for nr, kropp in enumerate(matning.bodies(planerade)):
            (self.mapp / f"sats-{nr:04d}").write_bytes(kropp)
        vart = matning.on_both_cores("intag", self.mapp)
        rader = matbank.rows_as_bytes(here, matning.INTAG)
        with matning.stopwatch() as seconds:
            matbank.raw_copy(copy, rader)
            ra = seconds()
        svar["intag/s"], svar["intag copy/s"] = antal / vart, antal / ra
        svar["intake/copy"] = ra / vart

        self._say("Beslut och poster")
        matbank.copy_as_it_is(self.owner)
        with databaskontext(alla=True):
            ids = kontakter.ids_between(date(2000, 1, 1), date(2100, 1, 1), after=0, size=antal)
        fore = self._newest_receipt()
        vart = matning.on_both_cores("beslut", self.mapp)
        rader = matbank.rows_as_bytes(here, matning.RESULTAT, receipts_after=fore)
        with matning.stopwatch() as seconds:
            matbank.raw_copy(copy, rader)
            ra = seconds()
        svar["beslut/s"], svar["beslut copy/s"] = antal / vart, antal / ra
        svar["beslut+post/copy"] = ra / vart

        self._say("Regelmatchning och antal frågor")
        with databaskontext(alla=True):
            paket = kedja.snapshot().paket.valid("huslakarverksamhet", timezone.localdate())
        if paket is None:
            raise CommandError("Mätningens regelpaket gäller inte i dag.")
        svar["regelmatchning/s/karna"] = matning.matches_per_second(paket.kompilerat, ids[:10_000])
        self._statements(10)  # the first chunk of a process also loads what it needs to know
        for storlek in (1000, 5000):
            svar[f"sql/{storlek}"] = self._statements(storlek)

        self._say("Månadsstängning och portalens lista")
        with connection.cursor() as cursor, databaskontext(alla=True):
            cursor.execute("select count(*) from hej_post")
            poster = cursor.fetchone()[0]
        with matning.stopwatch() as seconds:
            nu = timezone.now()
            stangningar.close(kalender.booking_month(nu), nu, workers=2)
            svar["stangning poster/s"] = poster / seconds()
        svar["lista ms"] = self._list_ms()
        return svar

    def _publish_many_rules(self) -> None:
        """Publish 500 rules for primary care, and a price for each product they give."""
        skriver, godkanner = behorigheter.people("anna", "astrid")
        at = timezone.now()
        mapp = settings.ROOT / "ersattning"
        paket = matning.many_rules(
            yaml.safe_load((mapp / "ersmo/data/regelpaket/huslakarverksamhet.yaml").read_text()),
            REGLER,
        )
        lista = yaml.safe_load((mapp / "hej/data/prislistor/huslakarverksamhet.yaml").read_text())
        kanda = {rad["produktkod"] for rad in lista["priser"]}
        lista["kod"], lista["namn"] = "MATNING", "Priser för mätning"
        lista["priser"] = [
            {
                "produktkod": produkt,
                "text": "Mätning",
                "belopp": 100,
                "fr_o_m": lista["giltig"]["fr_o_m"],
                "t_o_m": None,
                "kalla": "Mätning",
                "exempel": True,
            }
            for produkt in sorted({r["produktkod"] for r in paket["regler"] if "produktkod" in r})
            if produkt not in kanda
        ]
        with databaskontext(alla=True):
            for actions, document in ((regelpaket, paket), (prislistor, lista)):
                utkast = actions.create_draft(document, by=skriver, at=at)
                if isinstance(utkast, tuple):
                    raise CommandError(f"{utkast[0].pekare}: {utkast[0].text}")
                # Handed in past the pack's own examples: made-up rules have none.
                inlamnat = publicering.submit(
                    utkast, by=skriver, at=at, innehall_hash=utkast.innehall_hash
                )
                godkand = publicering.approve(
                    inlamnat, by=godkanner, at=at, innehall_hash=inlamnat.innehall_hash
                )
                publicering.publish(godkand, by=skriver, at=at)

    def _newest_receipt(self) -> int:
        with databaskontext(alla=True), connection.cursor() as cursor:
            cursor.execute("select coalesce(max(sekvens), 0) from gvr_kvittens")
            return int(cursor.fetchone()[0])

    def _statements(self, antal: int) -> int:
        """Count the statements of one new chunk: received as a batch, then decided and posted."""
        (kropp,) = matning.bodies(matning.contacts(antal, seed=antal), size=antal)
        klient = Client()
        tagna = matning.statements(lambda: matning.post_batch(klient, kropp, f"antal-{antal}"))
        return tagna + matning.statements(lambda: kedja.decide_next(at=timezone.now(), size=antal))

    def _list_ms(self) -> float:
        """Time a page in the middle of the largest provider's list."""
        with databaskontext(alla=True):
            with connection.cursor() as cursor:
                cursor.execute(
                    "select vardgivare_id from hej_kontaktlage group by 1 order by count(*) desc"
                )
                synfalt = Synfalt(vardgivare_id=cursor.fetchone()[0])
            urval = lagen.Lagesurval(period=Period(date(2000, 1, 1)))
            mitten = lagen.page(synfalt, urval, size=1000).rader[-1].plats
            return matning.median_ms(lambda: lagen.page(synfalt, urval, efter=mitten))

    def _say(self, text: str) -> None:
        self.stderr.write(text)

    def _write(self, f: dict[str, float], antal: int) -> None:
        for namn in ("intake/copy", "beslut+post/copy"):
            self.stdout.write(f"{namn}: {f[namn]:.2f}")
        self.stdout.write(f"regelmatchning/s/karna: {f['regelmatchning/s/karna']:.0f}")
        for namn in ("sql/1000", "sql/5000"):
            self.stdout.write(f"{namn}: {f[namn]:.0f}")
        for namn in ("singel/tom vy", "en rad/tom vy"):
            self.stdout.write(f"{namn}: {f[namn]:.2f}")
        self.stdout.write(f"sql/singel: {f['sql/singel']:.0f}")
        for namn in ("in", "ut"):
            self.stdout.write(
                f"fil/minne {namn}: {f[f'fil/minne {namn}']:.0f} MiB "
                f"(gräns {filmatning.GRANS_MIB}), {f[f'fil/s {namn}']:.0f} s"
            )
        self.stdout.write(f"tillvaxt: {f['tillvaxt']:.2f}")
        (settings.ROOT / RAPPORT).write_text(report(f, antal, machine()))


def machine() -> str:
    """Describe the machine in a line."""
    modell = next(
        (
            rad.split(":", 1)[1].strip()
            for rad in Path("/proc/cpuinfo").read_text().splitlines()
            if rad.startswith("model name")
        ),
        platform.processor(),
    )
    minne = int(Path("/proc/meminfo").read_text().split()[1]) // 1024 // 1024
    with connection.cursor() as cursor:
        cursor.execute("show server_version")
        postgres = cursor.fetchone()[0]
    return (
        f"{os.cpu_count()} kärnor ({modell}), {minne} GiB minne, PostgreSQL {postgres} på samma "
        f"maskin, Python {platform.python_version()}"
    )


def report(f: dict[str, float], antal: int, maskin: str) -> str:
    """Return docs/prestanda.md: what was measured, the figure, and what it is a share of."""
    rader = (
        (
            "Satsvis intag: avkoda, kontrollera, registrera, varaktigt",
            f"{f['intake/copy']:.2f} av rå COPY",
            f"{f['intag/s']:.0f} vårdkontakter/s mot {f['intag copy/s']:.0f}",
        ),
        (
            f"Beslut och poster med {REGLER} regler",
            f"{f['beslut+post/copy']:.2f} av rå COPY",
            f"{f['beslut/s']:.0f} vårdkontakter/s mot {f['beslut copy/s']:.0f}",
        ),
        (
            f"Regelmatchning, {REGLER} regler",
            f"{f['regelmatchning/s/karna']:.0f} vårdkontakter/s och kärna",
            "bästa av tre varv",
        ),
        (
            "SQL-satser för en sats, intag och beslut",
            f"{f['sql/1000']:.0f} för 1 000, {f['sql/5000']:.0f} för 5 000",
            "lika många oavsett storlek",
        ),
        (
            "Månadsstängning",
            f"{f['stangning poster/s']:.0f} poster/s",
            "till förslag med rader",
        ),
        (
            "En vårdkontakt i taget med hela svaret",
            f"{f['singel/tom vy']:.2f} av en tom vy",
            "medianen av fem varv om vartannat",
        ),
        (
            "En tom vy med en varaktig rad",
            f"{f['en rad/tom vy']:.2f} av en tom vy",
            "det mesta som ett svar som överlever ett strömavbrott kan nå",
        ),
        ("SQL-satser för en ny vårdkontakt", f"{f['sql/singel']:.0f}", "och begin och commit"),
        (
            "Satsvis intag när registret växer",
            f"{f['tillvaxt']:.2f} av takten med {LITET} vårdkontakter",
            f"med {f['tillvaxt till']:.0f} vårdkontakter",
        ),
        (
            f"En fil med {f['fil/antal']:.0f} ersättningshändelser in",
            f"{f['fil/minne in']:.0f} MiB som mest, gränsen är {filmatning.GRANS_MIB}",
            f"på {f['fil/s in']:.0f} s",
        ),
        (
            f"{f['fil/ut']:.0f} händelser ut i filer om högst 100 000",
            f"{f['fil/minne ut']:.0f} MiB som mest, gränsen är {filmatning.GRANS_MIB}",
            f"på {f['fil/s ut']:.0f} s",
        ),
        ("Portalens lista, 25 rader", f"{f['lista ms']:.1f} ms", "median, i mitten av listan"),
    )
    tabell = "\n".join(f"| {vad} | {tal} | {hur} |" for vad, tal, hur in rader)
    return f"""# Prestanda

Skriven av `make bench`; ändras inte för hand.

Maskin: {maskin}.

| Väg | Mätt | Underlag |
|---|---|---|
{tabell}

*Rå COPY* är en enda sessions `COPY BINARY` av samma rader, kodade i förväg, till samma tabeller med
samma index och villkor i samma körning. Vår sida får använda båda kärnorna; PostgreSQL delar dem.
{antal} vårdkontakter mättes, intaget genom hela webbstacken (inloggning, idempotens, svar). Tal
från en delad maskin skiftar mellan körningar: jämför andelar, inte sekunder.

*En tom vy* är en Django-vy utan databas under `/api/`, bakom samma mellanlager i samma webbserver
(två processer). Den, en vy som bara sparar en rad och `POST /api/v1/vardkontakter` körs i tur och
ordning över fyra förbindelser.
*Tillväxt* är det satsvisa intagets takt med många vårdkontakter i registret mot takten med
{LITET}; `make bench ARGS="--tillvaxt 10000000"` mäter i full storlek och tar då sin tid.
"""
