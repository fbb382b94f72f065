"""The auditor's views: everything needed to compute every amount again, without our code.

docs/granskning.md describes every column. The views show what their reader may see
(`security_invoker`), so row level security stands under them as under the tables. They are stable:
a column may be added, never renamed or taken away.
"""

from typing import ClassVar

from django.conf import settings
from django.db import migrations

VIEWS = {
    "granska_meddelande": """
        select l.id as leverans_id, l.uuid, l.mottagen, m.kallsystem, l.metod, l.resurs, l.mediatyp,
            l.kropp, encode(l.sha256, 'hex') as sha256, l.status, l.antal, l.antal_avvisade
        from gvr_leverans l
        left join gvr_maskinkonto m on m.id = l.maskinkonto_id
    """,
    "granska_version": """
        select k.uuid as kontakt, v.version, k.kallsystem, k.vardhandelse_id, v.leverans_id,
            v.registrerad, v.makulerad, v.enhet_ref, v.dag, v.slutdag, v.tid, v.form, v.btyp,
            v.vktyp, v.taxa, v.akut, v.yrkeskategorier, v.diagnoser, v.atgarder, v.lakemedel,
            v.tillstand, v.produkter, v.ikod, v.ukod, v.vplan, v.remiss_fore, v.remiss_efter,
            v.lkf, v.basomrade, v.fodd, v.kon, v.ers_uppdrag, v.tillhor_vardkontakt,
            v.tillhor_vardansvar, v.lma_nummer, v.detaljer,
            encode(v.innehall_sha256, 'hex') as innehall_sha256
        from gvr_vardkontaktversion v
        join gvr_vardkontakt k on k.id = v.vardkontakt_id
    """,
    "granska_avvisning": """
        select a.leverans_id, a.plats, g.orgnr, e.kombika, a.dag, a.tid, (
                select array_agg(f ->> 'kod') from jsonb_array_elements(a.avvikelser) f
            ) as koder
        from gvr_avvisning a
        left join gvr_vardgivare g on g.id = a.vardgivare_id
        left join gvr_enhet e on e.id = a.enhet_id
    """,
    "granska_uppdrag": """
        select e.kombika, e.hsa_id, e.namn as enhet, g.orgnr, g.namn as vardgivare,
            lower(e.giltig) as enhet_fran, upper(e.giltig) as enhet_till,
            lower(eu.giltig) as koppling_fran, upper(eu.giltig) as koppling_till,
            u.samverks_id, u.uppdragstyp, u.styp, u.test,
            lower(u.giltig) as uppdrag_fran, upper(u.giltig) as uppdrag_till,
            a.ada_nummer, o.kod as avtalsomrade,
            lower(a.giltig) as avtal_fran, upper(a.giltig) as avtal_till,
            a.momskompensation, a.avgiftsavdrag, a.egenskaper
        from gvr_enhet e
        join gvr_vardgivare g on g.id = e.vardgivare_id
        left join gvr_enhetsuppdrag eu on eu.enhet_id = e.id
        left join gvr_uppdrag u on u.id = eu.uppdrag_id
        left join gvr_avtal a on a.id = u.avtal_id
        left join gvr_avtalsomrade o on o.id = a.avtalsomrade_id
    """,
    "granska_regelpaket": """
        select p.modell || ':' || p.version || ':' || left(p.innehall_hash, 16) as beteckning,
            p.modell, p.version, o.kod as avtalsomrade, lower(p.giltig) as giltig_fran,
            upper(p.giltig) as giltig_till, p.publicerad, p.innehall_hash, p.innehall
        from ersmo_regelpaket p
        join gvr_avtalsomrade o on o.id = p.avtalsomrade_id
        where p.status = 'PUBLICERAD'
    """,
    "granska_pris": """
        select l.kod || ':' || l.version || ':' || left(l.innehall_hash, 16) as beteckning,
            l.kod, l.version, o.kod as avtalsomrade, a.ada_nummer, lower(l.giltig) as lista_fran,
            upper(l.giltig) as lista_till, l.publicerad, l.innehall_hash, l.avrundning,
            p.produktkod, p.text, lower(p.giltig) as giltig_fran, upper(p.giltig) as giltig_till,
            p.belopp, p.reducerat, p.tak1, p.tak2, p.exempel
        from hej_pris p
        join hej_prislista l on l.id = p.prislista_id
        join gvr_avtalsomrade o on o.id = l.avtalsomrade_id
        left join gvr_avtal a on a.id = l.avtal_id
        where l.status = 'PUBLICERAD'
    """,
    "granska_kontakt": """
        select k.uuid as kontakt, k.kallsystem, k.vardhandelse_id, x.version as registrerad_version,
            x.dag, gx.orgnr as registrerad_orgnr, b.id as beslut_id, b.version, b.tid as beslutat,
            g.orgnr, e.kombika, a.ada_nummer, b.uppdragstyp, b.utfall, b.orsak, b.vantar_pa,
            b.regelpaket, b.prislistor, b.rader, b.summa,
            exists (select from gvr_arende w where w.vardkontakt_id = k.id) as ska_provas
        from gvr_vardkontakt k
        join gvr_vardkontaktversion x
            on x.vardkontakt_id = k.id and x.version = k.senaste_version
        left join gvr_vardgivare gx on gx.id = x.vardgivare_id
        left join lateral (
            select * from hej_beslut n where n.vardkontakt_id = k.id order by n.id desc limit 1
        ) b on true
        left join gvr_vardgivare g on g.id = b.vardgivare_id
        left join gvr_enhet e on e.id = b.enhet_id
        left join gvr_avtal a on a.id = b.avtal_id
    """,
    "granska_prissatt": """
        select p.id as post_id, p.kalla, k.uuid as kontakt, b.version, p.beslut_id, g.orgnr,
            e.kombika, a.ada_nummer, p.regel, p.produktkod, p.typ, p.antal, p.apris, p.belopp,
            p.vardmanad, p.bokforingsmanad, p.aterfor_id as aterfor, p.skapad,
            l.fakturarad_id, r.faktura_id
        from hej_post p
        join gvr_vardgivare g on g.id = p.vardgivare_id
        join gvr_avtal a on a.id = p.avtal_id
        left join gvr_vardkontakt k on k.id = p.vardkontakt_id
        left join hej_beslut b on b.id = p.beslut_id
        left join gvr_enhet e on e.id = p.enhet_id
        left join vardfaktura_fakturaradpost l on l.post_id = p.id
        left join vardfaktura_fakturarad r on r.id = l.fakturarad_id
    """,
    "granska_fakturarad": """
        select r.id as fakturarad_id, f.id as faktura_id, f.uuid as faktura, f.nummer, f.status,
            f.typ as fakturatyp, f.manad, g.orgnr, a.ada_nummer, f.summa, f.innehall_hash, f.skapad,
            f.godkand, u.username as godkand_av, r.radnr, r.sektion, r.vardmanad, r.produktkod,
            r.typ, r.antal, r.apris, r.belopp
        from vardfaktura_fakturarad r
        join vardfaktura_faktura f on f.id = r.faktura_id
        join gvr_vardgivare g on g.id = f.vardgivare_id
        join gvr_avtal a on a.id = f.avtal_id
        left join auth_user u on u.id = f.godkand_av_id
    """,
    "granska_huvudbok": """
        select b.id as bokforingsrad_id, v.id as verifikation_id, v.faktura_id, f.nummer, g.orgnr,
            f.manad, v.bokforingsdag, v.text, b.konto, b.produktkod, b.debet, b.kredit, v.skapad
        from vardfaktura_bokforingsrad b
        join vardfaktura_verifikation v on v.id = b.verifikation_id
        join vardfaktura_faktura f on f.id = v.faktura_id
        join gvr_vardgivare g on g.id = v.vardgivare_id
    """,
    "granska_logg": """
        select l.id as loggpost_id, l.tid, l.anvandare, l.handelse, l.objekt, g.orgnr, l.enhet,
            l.patienter, l.skal
        from gvr_loggpost l
        left join gvr_vardgivare g on g.id = l.vardgivare_id
    """,
}

#: What the views read. The auditor's role reads it too, since a view shows what its reader may see.
TABLES = (
    "gvr_leverans",
    "gvr_maskinkonto",
    "gvr_vardkontakt",
    "gvr_vardkontaktversion",
    "gvr_avvisning",
    "gvr_arende",
    "gvr_vardgivare",
    "gvr_enhet",
    "gvr_enhetsuppdrag",
    "gvr_uppdrag",
    "gvr_avtal",
    "gvr_avtalsomrade",
    "gvr_loggpost",
    "ersmo_regelpaket",
    "hej_prislista",
    "hej_pris",
    "hej_beslut",
    "hej_post",
    "vardfaktura_faktura",
    "vardfaktura_fakturarad",
    "vardfaktura_fakturaradpost",
    "vardfaktura_verifikation",
    "vardfaktura_bokforingsrad",
)


def views() -> str:
    """Return SQL that makes the views and lets the app read them and nothing more."""
    return "".join(
        f"create view {name} with (security_invoker = true) as {query};\n"
        f"revoke all on {name} from gvr_app;\ngrant select on {name} to gvr_app;\n"
        for name, query in VIEWS.items()
    )


def auditor() -> str:
    """Return SQL that lets the role gvr_revisor read the views, where the owner may make the role.

    Elsewhere a superuser makes it, and docs/granskning.md says how.
    """
    reads = ", ".join((*VIEWS, *(t for t in TABLES if t != "gvr_maskinkonto")))
    return f"""
do $$
begin
    if not exists (select from pg_roles where rolname = 'gvr_revisor') then
        create role gvr_revisor nologin;
    end if;
    grant usage on schema public to gvr_revisor;
    grant select on {reads} to gvr_revisor;
    grant select (id, kallsystem) on gvr_maskinkonto to gvr_revisor;
    grant select (id, username) on auth_user to gvr_revisor;
exception when insufficient_privilege then
    raise notice 'Rollen gvr_revisor saknas och kan inte skapas av den som migrerar.';
end $$;
"""


class Migration(migrations.Migration):
    """Let an auditor read everything and change nothing."""

    dependencies: ClassVar = [
        ("vardfaktura", "0003_lankar"),
        ("ersmo", "0002_skydd"),
        ("hej", "0002_skydd"),
        ("gvr", "0002_skydd"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [migrations.RunSQL(views()), migrations.RunSQL(auditor())]
