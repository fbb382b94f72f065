"""Decide a month of care again, and post – or only show – the difference."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ersattning import kedja
from gvr.core.belopp import format_kr
from gvr.core.period import Manad


class Command(BaseCommand):
    """Re-price contacts by day of care with the rules and prices that are published now."""

    help = "Prissätter om vårdkontakter med vårddag i en månad."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the month, and whether to write."""
        parser.add_argument("manad", help="Vårdmånad, till exempel 2026-10.")
        parser.add_argument("--dry-run", action="store_true", help="Visa skillnaden, skriv inget.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Re-price the month and say what it came to."""
        try:
            manad = Manad.parse(options["manad"])
        except ValueError as fel:
            raise CommandError(str(fel)) from None
        svar = kedja.reprice(
            manad.first, manad.next.first, at=timezone.now(), dry_run=options["dry_run"]
        )
        skulle = "skulle ändras" if options["dry_run"] else "ändrades"
        self.stdout.write(
            f"{svar.granskade} vårdkontakter prövades, {svar.andrade} {skulle}: "
            f"{svar.poster} poster, {format_kr(svar.skillnad)}"
        )
