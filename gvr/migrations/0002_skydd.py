"""Roles, grants, triggers and row level security of the register."""

from typing import ClassVar

from django.conf import settings
from django.db import migrations

from gvr.core import databasskydd as skydd

EDITABLE = [
    "gvr_kodverk",
    "gvr_kod",
    "gvr_vardgivare",
    "gvr_enhet",
    "gvr_uppdrag",
    "gvr_enhetsuppdrag",
    "gvr_avtalsomrade",
    "gvr_avtal",
    "gvr_maskinkonto",
]
APPEND_ONLY = [
    "gvr_leverans",
    "gvr_avvisning",
    "gvr_vardkontaktversion",
    "gvr_ersattningshandelse",
    "gvr_samverkanstillfalle",
    "gvr_deltagande",
    "gvr_aktivitet",
    "gvr_loggpost",
]
TENANT = [
    "gvr_avvisning",
    "gvr_kvittens",
    "gvr_vardkontakt",
    "gvr_vardkontaktversion",
    "gvr_ersattningshandelse",
    "gvr_deltagande",
    "gvr_aktivitet",
]
MASTER = [
    "gvr_kodverk",
    "gvr_kod",
    "gvr_enhet",
    "gvr_uppdrag",
    "gvr_enhetsuppdrag",
    "gvr_avtalsomrade",
    "gvr_avtal",
]


class Migration(migrations.Migration):
    """Let the database refuse what must never be."""

    dependencies: ClassVar = [
        ("gvr", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("sessions", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("guardian", "0003_remove_groupobjectpermission_guardian_gr_content_ae6aec_idx_and_more"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.RunSQL(sql)
        for sql in (
            skydd.ROLES,
            skydd.OTHERS_TABLES,
            skydd.STAMDATA,
            *(skydd.editable(table) for table in EDITABLE),
            skydd.insertable("gvr_arende", "vardkontakt_id"),
            *(skydd.append_only(table) for table in APPEND_ONLY),
            skydd.append_only("gvr_kvittens", "sekvens"),
            skydd.pointer("gvr_vardkontakt", "senaste_version", "vardgivare_id", "enhet_id"),
            skydd.pointer("gvr_stamdataversion", "version", "omprovad"),
            *(skydd.tenant(table) for table in TENANT),
            skydd.tenant_of_contact("gvr_vardkontaktversion"),
            skydd.tenant_of_contact("gvr_kvittens"),
            skydd.tenant("gvr_loggpost", enhet=False),
            skydd.region_only("gvr_leverans"),
            *(skydd.master_data(table) for table in MASTER),
        )
    ]
