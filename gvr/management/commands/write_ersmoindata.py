"""manage.py write_ersmoindata 2026-11-01 2026-11-30 --mapp /var/utlamnat: files of the events."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from gvr.actions import ersmofiler, utleveranser
from gvr.actions.utleveranser import FLEST_I_FILEN
from gvr.core.ersmoindata_ut import FLEST_HANDELSER


class Command(BaseCommand):
    """Write what was registered from one local day to another, both inclusive."""

    help = (
        "Skriver registrets händelser som filer i formatet ERSMOIndata 2.2: det som registrerats "
        "från och med den första dagen till och med den sista. Läsningen loggas med patienterna."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which days, where, and on whose behalf."""
        parser.add_argument("fran", metavar="ÅÅÅÅ-MM-DD", type=date.fromisoformat)
        parser.add_argument("till", metavar="ÅÅÅÅ-MM-DD", type=date.fromisoformat)
        parser.add_argument("--mapp", type=Path, required=True, help="var filerna läggs")
        parser.add_argument("--anvandare", required=True, help="vem som lämnar ut, för loggen")
        parser.add_argument(
            "--flest",
            type=int,
            default=FLEST_HANDELSER,
            metavar="ANTAL",
            help=f"flest händelser i en fil, högst {FLEST_I_FILEN}",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the files and say what became of each event that is in none."""
        by = get_user_model().objects.filter(username=options["anvandare"]).first()
        if by is None:
            raise CommandError("Användaren finns inte.")
        if options["till"] < options["fran"] or not 1 <= options["flest"] <= FLEST_I_FILEN:
            raise CommandError("Perioden eller antalet går inte att läsa.")
        if not options["mapp"].is_dir():
            raise CommandError("Mappen finns inte.")
        fran, till = utleveranser.instants(options["fran"], options["till"])
        antal = filer = utelamnade = 0
        for fil in utleveranser.write_files(
            options["mapp"],
            fran=fran,
            till=till,
            schema=ersmofiler.schema(),
            by=by,
            at=now(),
            flest=options["flest"],
        ):
            if fil.antal:
                self.stdout.write(f"{fil.namn}: {fil.antal} händelser.")
                filer += 1
            for rad in fil.utelamnade:
                self.stdout.write(f"Utelämnad, plats {rad.plats + 1}: {rad.skal}")
            antal += fil.antal
            utelamnade += len(fil.utelamnade)
        self.stdout.write(f"{antal} händelser i {filer} filer, {utelamnade} utelämnade.")
