"""Make the fictional region and print who can log in."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from avstamning.actions import demo
from gvr.core.demonycklar import derive


class Command(BaseCommand):
    """Code lists, providers, people, rules and prices of a region that does not exist."""

    help = "Skapar en liten påhittad region med vårdgivare, avtal, regler, priser och inloggningar."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the seed; the region is the same for all, the log-ins are the installation's own."""
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the region and print the log-ins."""
        inloggningar = demo.build(
            secret=settings.SECRET_KEY, at=timezone.now(), sandlada=settings.SANDLADA
        )
        for rad in inloggningar:
            self.stdout.write(f"{rad.anvandarnamn:<9} {rad.losenord:<14} {rad.namn}, {rad.roll}")
        if settings.SANDLADA:
            token = derive(settings.SECRET_KEY, "sandlada", 40)
            self.stdout.write(f"Sandlådans token: {token}")
