"""Whatever comes in, it is read or refused in words: nothing else ever comes out.

Texts are drawn near what is expected as well as at random, for that is where readers break.
"""

import copy
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from ersattning.ersmo.core import regelpaket
from ersattning.ersmo.core.regelpaket import Regelpaket
from ersattning.hej.core import prislista
from ersattning.hej.core.prislista import Prislista
from gvr.core import belopp, cell, ersmodelar, ersmoindata, personnummer
from gvr.core.avvikelse import Avvikelse
from gvr.core.ersmoindata import Fil, Filfel
from gvr.core.fritext import contains_identity, is_plain, mask_identities
from gvr.core.personnummer import Identitet

ROT = Path(__file__).resolve().parents[2]
SCHEMA = ersmoindata.read_schema((ROT / "gvr/data/schema/ERSMOIndata2.2.xsd").read_bytes())

siffror = st.text("0123456789٣３²-+ –\u00a0", max_size=16)
nara_belopp = st.text("0123456789.,- −kr\u00a0\u202f'eE+_", max_size=16)
nara_dag = st.text("0123456789-/ .TZ:mars", max_size=20)
vad_som_helst = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    nara_belopp,
    nara_dag,
    st.decimals(),
    st.datetimes(),
    st.dates(),
    st.binary(max_size=8),
)


@given(st.one_of(siffror, st.text(max_size=40)), st.none() | st.dates())
def test_a_patients_number_is_read_or_refused(text, day):
    svar = personnummer.parse(text, day=day)

    if isinstance(svar, Identitet):
        assert (len(svar.nummer), svar.nummer.isascii(), svar.nummer.isdigit()) == (12, True, True)
        assert personnummer.parse(svar.nummer, day=day) == svar
    else:
        assert isinstance(svar, Avvikelse)
        assert svar.varde is None  # a number is never said again


@given(st.one_of(nara_belopp, st.text(max_size=40)))
def test_an_amount_is_read_or_refused(text):
    try:
        kronor = belopp.parse_kr(text)
    except ValueError:
        return
    assert isinstance(kronor, Decimal)
    assert kronor.is_finite()


@given(vad_som_helst)
def test_a_cell_is_read_or_refused(varde):
    for las, slag in ((cell.amount, Decimal), (cell.day, date), (cell.yes_no, bool)):
        try:
            last = las(varde)
        except ValueError:
            continue
        assert last is None or isinstance(last, slag)
        assert not isinstance(last, datetime)
    with suppress(ValueError):
        assert isinstance(cell.text(varde), str)


@given(st.one_of(siffror, st.text(max_size=60)))
def test_a_free_text_is_judged_and_its_identities_hidden(text):
    assert isinstance(is_plain(text), bool)
    if not contains_identity(text):
        assert mask_identities(text) == text
    assert len(mask_identities(text)) == len(text)


# Documents ---------------------------------------------------------------------------------------

json_varden = st.recursive(
    vad_som_helst.filter(lambda varde: not isinstance(varde, bytes)),
    lambda inre: (
        st.lists(inre, max_size=4) | st.dictionaries(st.text(max_size=12), inre, max_size=4)
    ),
    max_leaves=12,
)


def places(document, way=()):
    """Return the way to every value of a document."""
    ways = [way] if way else []
    if isinstance(document, dict):
        steg = list(document)
    elif isinstance(document, list):
        steg = list(range(min(len(document), 3)))
    else:
        return ways
    for nyckel in steg:
        ways += places(document[nyckel], (*way, nyckel))
    return ways


def replaced(document, way, varde):
    kopia = copy.deepcopy(document)
    holder = kopia
    for steg in way[:-1]:
        holder = holder[steg]
    holder[way[-1]] = varde
    return kopia


def first(pattern):
    fil = sorted(ROT.glob(pattern))[0]
    return yaml.safe_load(fil.read_text(encoding="utf-8"))


PAKET = first("ersattning/ersmo/data/**/*.yaml")
PAKET["regler"].sort(key=lambda regel: -len(regel))  # `places` looks at the three with most in them
LISTA = first("ersattning/hej/data/**/*.yaml")


@given(json_varden)
def test_any_document_is_a_pack_or_a_list_of_faults(document):
    assert isinstance(regelpaket.parse(document), Regelpaket | tuple)
    assert isinstance(prislista.parse(document), Prislista | tuple)


@example(("regler", 0, "kraver_grund"), Decimal("sNaN"))  # cannot even be compared
@given(st.sampled_from(places(PAKET)), json_varden)
def test_a_pack_with_one_strange_value_is_read_or_refused(way, varde):
    svar = regelpaket.parse(replaced(PAKET, way, varde))

    assert isinstance(svar, Regelpaket) or all(isinstance(a, Avvikelse) for a in svar)


@given(st.sampled_from(places(LISTA)), json_varden)
def test_a_price_list_with_one_strange_value_is_read_or_refused(way, varde):
    svar = prislista.parse(replaced(LISTA, way, varde))

    assert isinstance(svar, Prislista) or all(isinstance(a, Avvikelse) for a in svar)


# Files -------------------------------------------------------------------------------------------

FILEN = (
    '<?xml version="1.0" encoding="ISO-8859-1"?>\n<ERSMOIndata Källa="GVR" ID="1">'
    '<Ersättningshändelse ID="H1" Startdatum="2026-03-02" Startverksamhet="30216311002">'
    '<Patient ID="191212121212"/><Händelseklass>'
    '<Vårdkontakt Händelseform="Öppenvårdskontakt" Händelsetyp="013" Typ="1">'
    '<Diagnoser><Diagnos Klass="008" Kod="I109" OrdnNr="1"/></Diagnoser>'
    "</Vårdkontakt></Händelseklass></Ersättningshändelse></ERSMOIndata>"
).encode("iso-8859-1")


@given(st.integers(0, len(FILEN)), st.integers(0, 12), st.binary(max_size=12))
def test_a_file_with_some_bytes_changed_is_read_or_refused(plats, langd, bytes_):
    svar = ersmodelar.read(FILEN[:plats] + bytes_ + FILEN[plats + langd :], schema=SCHEMA)

    if isinstance(svar, Fil):
        assert len(svar.handelser) >= 1
    else:
        assert svar
        assert all(isinstance(fel, Filfel) for fel in svar)
        assert b"191212121212" not in msgspec.json.encode(svar)
