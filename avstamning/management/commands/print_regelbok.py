"""Write the rule book (docs/regelbok.md) from what decides and pays."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from avstamning.core.regelbok import write
from avstamning.queries.regelbok import shipped


class Command(BaseCommand):
    """Print every check, reason, rule and price that is shipped. Asks no database."""

    help = "Skriver regelboken: alla kontroller, orsaker, regler och priser som följer med."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file to write."""
        parser.add_argument("--file", type=Path, help="Skriv hit i stället för till terminalen.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the book."""
        bok = write(shipped())
        if options["file"] is None:
            self.stdout.write(bok)
        else:
            options["file"].write_text(bok, encoding="utf-8")
