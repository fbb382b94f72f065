"""manage.py check_invariants: does everything add up?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from avstamning.queries import invarianter
from avstamning.queries.invarianter import Differens, Kontroll
from gvr.queries.behorighet import databaskontext


class Command(BaseCommand):
    """Ask every invariant of the money. Exit code 1 when one does not hold."""

    help = "Kontrollerar att pengarna går ihop och visar varje skillnad med tre tal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Choose invariants, and the form of the answer."""
        parser.add_argument("--json", action="store_true", help="svara med JSON")
        parser.add_argument("--kod", action="append", default=[], metavar="AVS001")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check, show and fail when something is wrong."""
        okanda = set(options["kod"]) - {invariant.kod for invariant in invarianter.INVARIANTER}
        if okanda:
            raise CommandError(f"Okända koder: {', '.join(sorted(okanda))}.")
        with databaskontext(alla=True):
            kontroller = invarianter.check(options["kod"])
        brott = sum(kontroll.brott for kontroll in kontroller)
        if options["json"]:
            self.stdout.write(json.dumps(_document(kontroller), ensure_ascii=False, indent=2))
        else:
            for kontroll in kontroller:
                self._show(kontroll)
        if brott:
            raise CommandError(f"{brott} skillnader.")

    def _show(self, kontroll: Kontroll) -> None:
        self.stdout.write(
            f"{'FEL ' if kontroll.brott else 'rätt'} {kontroll.kod} {kontroll.text} "
            f"({kontroll.kontrollerade} kontrollerade)"
        )
        for d in kontroll.differenser:
            var = " ".join(filter(None, (d.vardgivare, d.period, d.produkt, d.foremal)))
            self.stdout.write(
                f"    {var}: väntat {_tal(d.forvantat)}, funnet {_tal(d.funnet)}, "
                f"skillnad {_tal(d.skillnad)}"
            )
        if kontroll.brott > len(kontroll.differenser):
            self.stdout.write(f"    … och {kontroll.brott - len(kontroll.differenser)} till")


def _document(kontroller: tuple[Kontroll, ...]) -> dict[str, Any]:
    return {
        "tid": now().isoformat(),
        "brott": sum(kontroll.brott for kontroll in kontroller),
        "invarianter": [
            {
                "kod": kontroll.kod,
                "text": kontroll.text,
                "kontrollerade": kontroll.kontrollerade,
                "forvantat": str(kontroll.forvantat),
                "funnet": str(kontroll.funnet),
                "skillnad": str(kontroll.skillnad),
                "brott": kontroll.brott,
                "differenser": [_difference(d) for d in kontroll.differenser],
            }
            for kontroll in kontroller
        ],
    }


def _difference(d: Differens) -> dict[str, Any]:
    return {
        "vardgivare": d.vardgivare,
        "period": d.period,
        "produkt": d.produkt,
        "foremal": d.foremal,
        "forvantat": None if d.forvantat is None else str(d.forvantat),
        "funnet": None if d.funnet is None else str(d.funnet),
        "skillnad": str(d.skillnad),
    }


def _tal(tal: Any) -> str:
    return "saknas" if tal is None else str(tal).replace(".", ",")
