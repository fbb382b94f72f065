"""The auditor sees deltaganden that are decided, and which posts come from them."""

from importlib import import_module
from typing import ClassVar

from django.db import migrations

_VYER = import_module("ersattning.vardfaktura.migrations.0004_granskning").VIEWS

#: The view as it was, with the deltagande last.
PRISSATT = (
    _VYER["granska_prissatt"]
    .replace("r.faktura_id\n", "r.faktura_id, d.deltagande\n", 1)
    .rstrip()
    + """
        left join hej_delbeslut d on d.id = p.delbeslut_id
    """
)
DELTAGANDE = """
    select x.uuid as deltagande, x.kallsystem, x.version as registrerad_version, x.dag, x.roll,
        gx.orgnr as registrerad_orgnr, b.id as delbeslut_id, b.version, b.tid as beslutat,
        k.uuid as huvudkontakt, g.orgnr, e.kombika, a.ada_nummer, b.uppdragstyp, b.utfall, b.orsak,
        b.vantar_pa, b.regelpaket, b.prislistor, b.rader, b.summa,
        exists (select from gvr_deltagandearende w where w.uuid = x.uuid) as ska_provas
    from gvr_deltagande x
    left join gvr_vardgivare gx on gx.id = x.vardgivare_id
    left join lateral (
        select * from hej_delbeslut n where n.deltagande = x.uuid order by n.id desc limit 1
    ) b on true
    left join gvr_vardkontakt k on k.id = b.huvudkontakt_id
    left join gvr_vardgivare g on g.id = b.vardgivare_id
    left join gvr_enhet e on e.id = b.enhet_id
    left join gvr_avtal a on a.id = b.avtal_id
    where not exists (select from gvr_deltagande ny
        where ny.uuid = x.uuid and ny.version > x.version)
"""
SQL = f"""
create or replace view granska_prissatt with (security_invoker = true) as {PRISSATT};
create view granska_deltagande with (security_invoker = true) as {DELTAGANDE};
revoke all on granska_deltagande from gvr_app;
grant select on granska_deltagande to gvr_app;
do $$
begin
    if exists (select from pg_roles where rolname = 'gvr_revisor') then
        grant select on granska_deltagande, hej_delbeslut, gvr_deltagande, gvr_deltagandearende
            to gvr_revisor;
    end if;
exception when insufficient_privilege then
    raise notice 'Rollen gvr_revisor fick inte läsa deltaganden.';
end $$;
"""  # noqa: S608 - our own text


class Migration(migrations.Migration):
    """Let an auditor follow a deltagande to its money."""

    dependencies: ClassVar = [
        ("vardfaktura", "0004_granskning"),
        ("hej", "0004_deltagande_ersatts"),
        ("gvr", "0021_deltagande_ersatts"),
    ]
    operations: ClassVar = [migrations.RunSQL(SQL)]
