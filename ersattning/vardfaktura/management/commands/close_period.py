"""manage.py close_period 2026-11: make the month's invoice proposals."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localdate, now

from ersattning.vardfaktura.actions import stangningar
from ersattning.vardfaktura.actions.stangningar import Stangningsresultat
from ersattning.vardfaktura.queries import kalender, poster
from gvr.core.belopp import format_kr
from gvr.core.period import Manad


class Command(BaseCommand):
    """Close a month. Exit code 1 when a provider failed; run it again when the fault is mended."""

    help = (
        "Stänger en månad: gör ett fakturaförslag för varje vårdgivare och avtal med poster som "
        "inte är fakturerade. Kan avbrytas och köras igen; det som är klart görs inte om."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which month, for whom."""
        parser.add_argument(
            "manad",
            metavar="ÅÅÅÅ-MM",
            nargs="?",
            help="utan månad: den som det som rapporteras nu hamnar på",
        )
        parser.add_argument("--vardgivare", metavar="ORGNR", help="bara den här vårdgivaren")
        parser.add_argument(
            "--parallellt",
            type=int,
            default=2,
            metavar="ANTAL",
            help="anslutningar som delar på det",
        )
        parser.add_argument(
            "--pagaende",
            action="store_true",
            help="stäng fast månaden inte är slut; det som kommer sedan går till nästa månad",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Close the month and show how each provider went."""
        manad = self._month(options["manad"], ongoing=options["pagaende"])
        vardgivare = self._provider(options["vardgivare"])
        results = stangningar.close(
            manad,
            now(),
            vardgivare=vardgivare,
            workers=options["parallellt"],
            progress=self._show,
        )
        failed = sum(1 for result in results if result.status == "FEL")
        self.stdout.write(
            f"{manad}: {len(results) - failed} klara, {failed} misslyckade, "
            f"{sum(result.poster for result in results)} poster på faktura."
        )
        if failed:
            raise CommandError(f"{failed} misslyckades. Rätta felet och kör kommandot igen.")

    def _month(self, text: str | None, *, ongoing: bool) -> Manad:
        try:
            manad = kalender.booking_month(now()) if text is None else Manad.parse(text)
        except ValueError as fault:
            raise CommandError(str(fault)) from None
        if manad >= Manad.of(localdate()) and not ongoing:
            raise CommandError(f"{manad} är inte slut. Stäng den ändå med --pagaende.")
        return manad

    def _provider(self, orgnr: str | None) -> int | None:
        if orgnr is None:
            return None
        pk = poster.provider_id(orgnr.replace("-", ""))
        if pk is None:
            raise CommandError(f"Ingen vårdgivare har organisationsnummer {orgnr}.")
        return pk

    def _show(self, result: Stangningsresultat, left: int) -> None:
        what = result.fel or f"{result.poster} poster, {format_kr(result.summa)}"
        self.stdout.write(
            f"[{left} kvar] vårdgivare {result.vardgivare_id}, avtal {result.avtal_id}: "
            f"{result.status} – {what}"
        )
