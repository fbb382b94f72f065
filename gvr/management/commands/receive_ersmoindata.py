"""manage.py receive_ersmoindata ERSMO_2026-11-30T080000.000+0000.xml --avsandare GVR."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from gvr.actions import ersmofiler
from gvr.actions.leveranser import Avsandare, Hinder, as_sender
from gvr.actions.vardkontakter import AVVISAD
from gvr.core import ersmodelar
from gvr.core.ersmodelar import Andrad, Oversikt
from gvr.models import Maskinkonto
from gvr.queries import behorighet


class Command(BaseCommand):
    """Take in a file of any size in the name of a sending system. Exit code 1 when it was not."""

    help = (
        "Tar emot en fil i formatet ERSMOIndata 2.2, hur stor den än är, med ett maskinkontos rätt "
        "att rapportera. Följer filen inte schemat tas inget av den emot. Avbryts kommandot "
        "fortsätter det där det var när det körs igen med samma fil; det som är mottaget tas inte "
        "emot en gång till."
    )

    flest = ersmodelar.FLEST_I_DELEN

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which file and whose, and which time when it is delivered again on purpose."""
        parser.add_argument("fil", type=Path, metavar="FIL")
        parser.add_argument("--avsandare", required=True, help="maskinkontots källsystem")
        parser.add_argument(
            "--omgang",
            type=int,
            default=1,
            metavar="NR",
            help="2 när en fil som redan är mottagen med avsikt ska gälla en gång till, och så "
            "vidare",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Look through the file, then take it in part by part; say what became of the events."""
        avsandare = _sender(options["avsandare"])
        try:
            fil = options["fil"].open("rb")
        except OSError as fel:
            raise CommandError(f"Filen går inte att öppna: {fel.strerror}.") from None
        with fil:
            self._receive(fil, avsandare, options["omgang"])

    def _receive(self, fil: BinaryIO, avsandare: Avsandare, omgang: int) -> None:
        oversikt = ersmofiler.survey(fil, flest=self.flest)
        if isinstance(oversikt, tuple):
            for fel in oversikt:
                self.stderr.write(f"{fel.kod}: {fel.text}")
            raise CommandError("Hela filen är avvisad. Inget av den är registrerat.")
        nyckel = f"fil:{oversikt.sha256.hex()}:{omgang}"
        fil.seek(0)
        utfall: Counter[str] = Counter()
        try:
            for del_, innehall in ersmodelar.parts(fil, oversikt, flest=self.flest):
                nu = timezone.now()
                svar = ersmofiler.receive_part(
                    del_,
                    innehall,
                    nyckel=nyckel,
                    avsandare=avsandare,
                    at=nu,
                    today=timezone.localdate(nu),
                )
                if isinstance(svar, Hinder):
                    raise CommandError(f"{svar.kod}: samma fil tas emot av någon annan just nu.")
                utfall += self._tell(*svar, oversikt)
        except Andrad:
            raise CommandError(
                "Filen har ändrats medan den togs emot. Det som är mottaget står kvar; kör igen "
                "när filen är hel."
            ) from None
        antal = ", ".join(f"{tal} {ord_}" for ord_, tal in sorted(utfall.items()))
        self.stdout.write(f"{oversikt.antal} händelser: {antal}.")

    def _tell(self, svar: ersmofiler.Delsvar, kant: bool, oversikt: Oversikt) -> Counter[str]:  # noqa: FBT001
        """Say how far the file has come, and the line of each event that was refused."""
        for rad in svar.resultat:
            if rad.utfall == AVVISAD:
                self.stderr.write(f"Rad {rad.rad}: {', '.join(rad.koder)}")
        sist = max(rad.index for rad in svar.resultat) + 1
        redan = " (redan mottagna)" if kant else ""
        self.stdout.write(f"{sist} av {oversikt.antal} händelser{redan}")
        return Counter(rad.utfall for rad in svar.resultat)


def _sender(kallsystem: str) -> Avsandare:
    """Return the account of the sending system, of which only one may be in use."""
    idag = timezone.localdate()
    konton = Maskinkonto.objects.filter(kallsystem=kallsystem, anvandare__is_active=True)
    ids = konton.exclude(stoppdatum__lte=idag).values_list("pk", flat=True)
    maskiner = [m for pk in ids if (m := behorighet.account_of(pk, day=idag)) is not None]
    if len(maskiner) != 1:
        hur = "Flera maskinkonton i bruk" if maskiner else "Inget maskinkonto i bruk"
        raise CommandError(f"{hur} har källsystemet {kallsystem}.")
    return as_sender(maskiner[0])
