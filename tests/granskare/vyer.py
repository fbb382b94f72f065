"""The auditor's views, read as one picture."""

import psycopg
from psycopg.rows import dict_row

VYER = (
    "granska_meddelande",
    "granska_version",
    "granska_uppdrag",
    "granska_regelpaket",
    "granska_pris",
    "granska_kontakt",
    "granska_prissatt",
    "granska_fakturarad",
    "granska_huvudbok",
)


def read_views(dsn):
    """Return every view as a list of rows, all from the same moment."""
    with psycopg.connect(dsn, row_factory=dict_row) as anslutning:
        anslutning.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        anslutning.read_only = True
        anslutning.execute("select set_config('app.alla', 'ja', false)")
        return {vy: anslutning.execute(f"select * from {vy}").fetchall() for vy in VYER}
