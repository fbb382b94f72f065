"""The journal systems of the demo report a month of contacts, with progress."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from avstamning.management.journalsystem import Journalsystem
from gvr.core.demokontakter import GYN, HUSLAKARE, Planerad, generate, generate_late
from gvr.core.demonycklar import derive
from gvr.queries.demo import test_patients

SYSTEM = {"JOURNAL-A": "sysA", "JOURNAL-B": "sysB"}


class Command(BaseCommand):
    """Send contacts over HTTP as a vendor would. Sending again changes nothing."""

    help = "Låter exempelvärldens journalsystem rapportera en månad av vårdkontakter."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address, the seed and how much to send."""
        parser.add_argument("--url", required=True)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--antal", type=int, default=1500)

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, correct, cancel, report collaboration, and wait for the decisions."""
        igar = timezone.localdate() - timedelta(days=1)
        fr_o_m = igar - timedelta(days=29)
        seed = options["seed"]
        kontakter = list(
            generate(
                seed=seed,
                antal=options["antal"],
                fr_o_m=fr_o_m,
                t_o_m=igar,
                patienter=test_patients(),
            )
        )
        kontakter += generate_late(seed=seed, antal=80, patienter=test_patients())
        self.klart, self.alla = 0, len(kontakter)
        for kallsystem, namn in SYSTEM.items():
            system = Journalsystem(
                url=options["url"],
                kallsystem=kallsystem,
                token=derive(settings.SECRET_KEY, namn, 40),
                seed=seed,
            )
            egna = [rad for rad in kontakter if rad.kallsystem == kallsystem]
            system.send(egna, self._progress)
            rattade = system.correct(egna)
            makulerade = system.cancel(egna)
            self._collaborate(system, kontakter, igar)
            beslutade = system.wait_for_decisions()
            self.stderr.write(
                f"     {kallsystem}: {beslutade} vårdkontakter beslutade,"
                f" {rattade} rättade, {makulerade} makulerade"
            )

    def _progress(self, antal: int) -> None:
        self.klart += antal
        self.stderr.write(f"     {self.klart} av {self.alla} vårdkontakter skickade")

    def _collaborate(self, system: Journalsystem, kontakter: list[Planerad], igar: date) -> None:
        """Report parts in the other system's team visits, and a coordinator's activities."""
        if system.kallsystem == "JOURNAL-A":
            team = [r for r in kontakter if r.innehall.btyp == "A"][:5]
            for nr, rad in enumerate(team):
                system.report(
                    "deltaganden",
                    {
                        "id": f"D-{system.seed}-{nr}",
                        "huvudkontakt": {
                            "kallsystem": rad.kallsystem,
                            "vardhandelseId": rad.vardhandelse_id,
                        },
                        "enhet": {"kombika": HUSLAKARE[0]},
                        "dag": rad.innehall.dag.isoformat(),
                        "yrkeskategorier": ["70"],
                        "minuter": 45,
                        "atgarder": ["XS007"],
                    },
                )
            for nr in range(6):
                system.report(
                    "aktiviteter",
                    {
                        "id": f"R-{system.seed}-{nr}",
                        "enhet": {"kombika": HUSLAKARE[nr % 3]},
                        "dag": (igar - timedelta(days=nr)).isoformat(),
                        "yrkeskategori": "75",
                        "patientId": test_patients()[nr],
                        "diagnoser": ["F432"],
                        "atgarder": ["GC001", "XS012"],
                    },
                )
        else:
            system.report(
                "deltaganden",
                {
                    "id": f"D-{system.seed}-vantar",
                    "huvudkontakt": {"kallsystem": "JOURNAL-A", "vardhandelseId": "annu-ej-sand"},
                    "enhet": {"kombika": GYN},
                    "dag": igar.isoformat(),
                    "yrkeskategorier": ["01"],
                    "minuter": 30,
                    "atgarder": ["XS008"],
                },
            )
