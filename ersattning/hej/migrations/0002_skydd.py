"""Grants, triggers and row level security of HEJ."""

from typing import ClassVar

from django.db import migrations

from gvr.core import databasskydd as skydd

PRICES_FOLLOW_THEIR_LIST = """
create function hej_pris_foljer_listan() returns trigger language plpgsql as $$
begin
    if exists (
        select from hej_prislista
        where id = coalesce(new.prislista_id, old.prislista_id) and status <> 'UTKAST'
    ) or exists (
        select from hej_prislista where id = old.prislista_id and status <> 'UTKAST'
    ) then
        raise exception 'Priser ändras bara i ett utkast; skapa en ny version av listan.'
            using errcode = 'restrict_violation';
    end if;
    return coalesce(new, old);
end $$;
create trigger priser_foljer_listan before insert or update or delete on hej_pris
    for each row execute function hej_pris_foljer_listan();
"""


class Migration(migrations.Migration):
    """Let the database refuse what must never be."""

    dependencies: ClassVar = [("hej", "0001_initial"), ("gvr", "0002_skydd")]
    operations: ClassVar = [
        migrations.RunSQL(sql)
        for sql in (
            skydd.editable("hej_prislista"),
            skydd.editable("hej_pris"),
            skydd.append_only("hej_beslut"),
            skydd.append_only("hej_post"),
            skydd.insertable("hej_kontaktlage", "vardkontakt_id"),
            skydd.tenant("hej_beslut"),
            skydd.tenant("hej_post"),
            skydd.tenant("hej_kontaktlage"),
            skydd.published_is_final(
                "hej_prislista",
                "innehall_hash",
                "giltig",
                "avtalsomrade_id",
                "avtal_id",
                "avrundning",
            ),
            PRICES_FOLLOW_THEIR_LIST,
            skydd.master_data("hej_prislista"),
            skydd.master_data("hej_pris"),
        )
    ]
