"""Fill the register with made-up contacts in volume, through the same door as real ones."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.test import Client
from django.utils import timezone

from avstamning.actions import demo
from avstamning.management import matning
from ersattning import kedja


class Command(BaseCommand):
    """Register N contacts of the fictional region's primary care, and decide them if asked to."""

    help = "Registrerar påhittade vårdkontakter i stor mängd, för mätning och övning."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how many, and whether to decide them too."""
        parser.add_argument("--kontakter", type=int, required=True)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--besluta", action="store_true", help="Besluta och posta också.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Register in batches; a batch that was sent before is answered from memory."""
        demo.build(secret=settings.SECRET_KEY, at=timezone.now())
        klient = Client()
        seed, kvar, nr = options["seed"], options["kontakter"], 0
        while kvar:
            antal = min(kvar, matning.BATCH)
            # Each batch has a seed of its own, so that memory does not grow with the volume.
            (kropp,) = matning.bodies(matning.contacts(antal, seed=seed * 1_000_000 + nr))
            matning.post_batch(klient, kropp, f"volym-{seed}-{nr}-{antal}")
            kvar, nr = kvar - antal, nr + 1
            self.stderr.write(f"{options['kontakter'] - kvar} vårdkontakter registrerade")
        beslutade = 0
        while options["besluta"] and (antal := kedja.decide_next(at=timezone.now(), size=2000)):
            beslutade += antal
            self.stderr.write(f"{beslutade} vårdkontakter beslutade")
