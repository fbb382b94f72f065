"""manage.py import_kodserver AVD-REL.xml …: read exports of the code server, as every night."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from gvr.actions import kodserver, mek, organisation
from gvr.actions.mek import Mekinlasning
from gvr.core import kodserverdiff
from gvr.core.kodserver import TABELLER, Filfel, table_of
from gvr.core.mek import FELMEK, MEK
from gvr.models import Vardgivare
from gvr.queries.behorighet import databaskontext

_BIT = 1024 * 1024
#: Companies before units, commissions before the units that work under them.
_ORDNING = ("UPPDRAGSTYP", "AVTAL", "FORETAG", "BASOMRNY", "SAMVERKS", "MEK", "FELMEK", "AVD")


class Command(BaseCommand):
    """Read files or an index folder. Exit code 1 when a file could not be read."""

    help = (
        "Läser in exporter från Kodservern och MEK. Tabellen framgår av filens namn. En mapp med "
        "avd-samverks.csv, mek.csv och samverks.csv läses som ett index."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which files, and what to do with units that nobody is known to own."""
        parser.add_argument("filer", nargs="+", type=Path, metavar="FIL")
        parser.add_argument(
            "--tabell", choices=sorted([*TABELLER, MEK, FELMEK]), help="om namnet inte säger det"
        )
        parser.add_argument(
            "--vardgivare", metavar="ORGNR", help="äger nya enheter vars företag inte är känt"
        )
        parser.add_argument("--prova", action="store_true", help="visa utan att läsa in")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read each file in its own transaction: a bad one stops none of the others."""
        vardgivare_id = self._owner(options["vardgivare"])
        filer = [(self._table(fil, options["tabell"]), fil) for fil in options["filer"]]
        misslyckade = 0
        for tabell, fil in sorted(filer, key=lambda par: _ORDNING.index(par[0]) if par[0] else 99):
            with databaskontext(alla=True):
                misslyckade += not (
                    self._file(fil, tabell, vardgivare_id, prova=options["prova"])
                    if tabell
                    else self._index(fil, vardgivare_id)
                )
        if misslyckade:
            raise CommandError(f"{misslyckade} kunde inte läsas in. Det som kunde är inläst.")

    def _owner(self, orgnr: str | None) -> int | None:
        if orgnr is None:
            return None
        rad = Vardgivare.objects.filter(orgnr=orgnr.replace("-", "")).first()
        if rad is None:
            raise CommandError(f"Ingen vårdgivare har organisationsnummer {orgnr}.")
        return rad.pk

    def _table(self, fil: Path, vald: str | None) -> str | None:
        if fil.is_dir():
            return None
        if not fil.is_file():
            raise CommandError(f"Filen {fil} finns inte.")
        namn = fil.name.upper()
        tabell = vald or table_of(namn)
        if tabell is None and namn.startswith((FELMEK, MEK)):
            tabell = FELMEK if namn.startswith(FELMEK) else MEK
        if tabell is None:
            raise CommandError(f"Namnet {fil.name} säger inte vilken tabell det är; ange --tabell.")
        return tabell

    def _file(self, fil: Path, tabell: str, vardgivare_id: int | None, *, prova: bool) -> bool:
        svar: kodserver.Inlasning | Mekinlasning | Filfel
        if tabell in (MEK, FELMEK):
            las = mek.import_mek if tabell == MEK else mek.import_felmek
            svar = las(_chunks(fil), at=now(), dry_run=prova)
        else:
            svar = kodserver.import_table(
                _chunks(fil), tabell=tabell, at=now(), vardgivare_id=vardgivare_id, dry_run=prova
            )
        if isinstance(svar, Filfel):
            rad = f" (rad {svar.rad})" if svar.rad else ""
            self.stderr.write(f"{fil.name}: {svar.text}{rad}")
            return False
        if isinstance(svar, Mekinlasning):
            antal, fynd = svar.antal, svar.fel
        else:
            antal = kodserverdiff.counts(svar.skillnad)
            fynd = (*svar.skillnad.fel, *svar.fynd)
        self.stdout.write(
            f"{fil.name}: " + ", ".join(f"{tal} {ord_}" for ord_, tal in antal.items())
        )
        for fel in fynd:
            self.stderr.write(f"{fil.name}: {fel.kod} {fel.fr_o_m}: {fel.text}")
        return True

    def _index(self, mapp: Path, vardgivare_id: int | None) -> bool:
        if vardgivare_id is None:
            raise CommandError("Ett index säger inte vem som äger enheterna; ange --vardgivare.")
        svar = organisation.import_index(
            avd=(mapp / "avd-samverks.csv").read_text(encoding="utf-8"),
            mek=(mapp / "mek.csv").read_text(encoding="utf-8"),
            samverks=(mapp / "samverks.csv").read_text(encoding="utf-8"),
            vardgivare_id=vardgivare_id,
        )
        if isinstance(svar, tuple):
            for fel in svar:
                self.stderr.write(f"{fel.tabell} rad {fel.rad}: {fel.text}")
            return False
        self.stdout.write(
            f"{mapp.name}: {svar.nya_enheter} nya och {svar.andrade_enheter} ändrade enheter, "
            f"{svar.nya_uppdrag} nya och {svar.andrade_uppdrag} ändrade uppdrag, "
            f"{svar.nya_enhetsuppdrag} nya enhetsuppdrag"
        )
        for rad in svar.fynd:
            self.stderr.write(f"{mapp.name}: {rad.kod} {rad.fr_o_m}: {rad.text}")
        return True


def _chunks(fil: Path) -> Iterator[bytes]:
    with fil.open("rb") as oppen:
        while bit := oppen.read(_BIT):
            yield bit
