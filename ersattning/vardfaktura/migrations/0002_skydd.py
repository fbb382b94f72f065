"""Grants, triggers and row level security of Vårdfaktura."""

from typing import ClassVar

from django.db import migrations

from gvr.core import databasskydd as skydd

APPROVED_IS_FINAL = """
create function vardfaktura_godkand_ar_slutlig() returns trigger language plpgsql as $$
begin
    if old.status = 'GODKAND' then
        raise exception 'En godkänd faktura ändras inte; en rättelse blir kredit nästa månad.'
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger godkand_ar_slutlig before update on vardfaktura_faktura
    for each row execute function vardfaktura_godkand_ar_slutlig();
create function vardfaktura_raden_ar_last() returns trigger language plpgsql as $$
begin
    if exists (select from vardfaktura_faktura where id = new.faktura_id and status = 'GODKAND') then
        raise exception 'En godkänd faktura får inga nya rader.'
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger raden_ar_last before insert on vardfaktura_fakturarad
    for each row execute function vardfaktura_raden_ar_last();
"""

LEDGER_BALANCES = """
create function vardfaktura_verifikation_balanserar() returns trigger language plpgsql as $$
declare skillnad numeric;
begin
    select coalesce(sum(debet) - sum(kredit), 0) into skillnad
    from vardfaktura_bokforingsrad where verifikation_id = new.verifikation_id;
    if skillnad <> 0 then
        raise exception 'Verifikation % balanserar inte: skillnad % kr.',
            new.verifikation_id, skillnad using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger verifikation_balanserar after insert on vardfaktura_bokforingsrad
    deferrable initially deferred
    for each row execute function vardfaktura_verifikation_balanserar();
"""

TENANT = [
    "vardfaktura_faktura",
    "vardfaktura_fakturarad",
    "vardfaktura_fakturahandling",
    "vardfaktura_verifikation",
    "vardfaktura_bokforingsrad",
    "vardfaktura_manadsstangning",
]


class Migration(migrations.Migration):
    """Let the database refuse what must never be."""

    dependencies: ClassVar = [("vardfaktura", "0001_initial"), ("gvr", "0002_skydd")]
    operations: ClassVar = [
        migrations.RunSQL(sql)
        for sql in (
            skydd.pointer(
                "vardfaktura_faktura", "status", "nummer", "godkand", "godkand_av_id"
            ),
            skydd.append_only("vardfaktura_fakturarad"),
            skydd.append_only("vardfaktura_fakturaradpost", "post_id"),
            skydd.append_only("vardfaktura_fakturahandling"),
            skydd.append_only("vardfaktura_verifikation"),
            skydd.append_only("vardfaktura_bokforingsrad"),
            skydd.pointer("vardfaktura_nummerserie", "senaste", id_column="serie"),
            skydd.editable("vardfaktura_manadsstangning"),
            *(skydd.tenant(table, enhet=False) for table in TENANT),
            APPROVED_IS_FINAL,
            LEDGER_BALANCES,
        )
    ]
