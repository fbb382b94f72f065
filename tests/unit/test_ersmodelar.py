"""Reading of ERSMOIndata files in parts: the same as reading them whole, in bounded memory."""

import io
import tracemalloc
from io import BytesIO
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gvr.core import ersmodelar, ersmoindata
from gvr.core.ersmodelar import Andrad, Oversikt
from gvr.core.ersmoindata import Fil

ROT = Path(__file__).resolve().parents[2]
SCHEMA = ersmoindata.read_schema((ROT / "gvr/data/schema/ERSMOIndata2.2.xsd").read_bytes())

#: What may stand between two events, or in one, and looks like an event or a line to some.
MELLANRUM = st.sampled_from(
    ["", "\n", "\r\n", " ", "<!-- <Ersättningshändelse> -->\n", "<?skrivet >av<?>", "\n\n\n"]
)
HUVUDEN = st.sampled_from(
    [
        '<ERSMOIndata Källa="GVR" ID="7">',
        "<ERSMOIndata\n  ID='a>b'\n  Källa = 'GVR'\n>",
        '<!-- <a> -->\n<ERSMOIndata xmlns:x="urn:x" ID="7" Källa="GVR" >',
    ]
)


@st.composite
def files(draw):
    """Draw a file with events of every kind, some with the same id, some lines apart."""
    rader = [
        draw(MELLANRUM)
        + event(draw(st.sampled_from("ABCDE")), draw(MELLANRUM), annan=draw(st.booleans()))
        for _ in range(draw(st.integers(1, 8)))
    ]
    kodning = draw(st.sampled_from(["ISO-8859-1", "UTF-8", "latin1"]))
    text = f'<?xml version="1.0" encoding="{kodning}"?>{draw(MELLANRUM)}{draw(HUVUDEN)}'
    return (text + "".join(rader) + draw(MELLANRUM) + "</ERSMOIndata >\n<!-- slut -->").encode(
        kodning
    )


def event(id_, mellan="", *, annan=False, diagnoser=0):
    klass = '<Vårdansvar Händelseform="Okänt"/>'
    if not annan:
        rader = "".join(
            f'<Diagnos Kod="I{nr:04d}" Klass="008" OrdnNr="{nr}"/>'
            for nr in range(1, diagnoser + 1)
        )
        lista = f"<Diagnoser>{rader}</Diagnoser>" if diagnoser else ""
        klass = f'<Vårdkontakt Händelseform="Öppenvårdskontakt">{lista}</Vårdkontakt>'
    return (
        f'<Ersättningshändelse ID="{id_}" Startdatum="2014-02-02" Startverksamhet="30216311002">'
        f'{mellan}<Patient ID="191212121212"/>{mellan}<Händelseklass>{klass}</Händelseklass>'
        "</Ersättningshändelse>"
    )


def in_parts(kropp, flest):
    """Return all that the parts say, as one."""
    oversikt = ersmodelar.survey(BytesIO(kropp), schema=SCHEMA, flest=flest)
    if not isinstance(oversikt, Oversikt):
        return oversikt
    delar = list(ersmodelar.parts(BytesIO(kropp), oversikt, flest=flest))
    assert all(len(fil.handelser) <= flest for _, fil in delar)
    # Each part stands for itself: a document that follows the schema.
    for del_, fil in delar:
        egen = ersmodelar.read(del_.dokument, schema=SCHEMA)
        assert [h.id for h in egen.handelser] == [h.id for h in fil.handelser]
    return Fil(
        id=oversikt.id,
        handelser=tuple(chain.from_iterable(fil.handelser for _, fil in delar)),
        ersatta=oversikt.ersatta,
        andra=oversikt.andra,
    )


@given(files(), st.integers(1, 4), st.sampled_from([50, 333, 65_536]))
def test_the_parts_say_what_the_whole_file_says(kropp, flest, bit):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ersmodelar, "_BIT", bit)
        i_delar = in_parts(kropp, flest)
    hel = ersmodelar.read(kropp, schema=SCHEMA)

    assert isinstance(hel, Fil)
    assert i_delar == hel
    ids = [h.id for h in hel.handelser]
    assert hel.ersatta == {n for n, id_ in enumerate(ids) if id_ in ids[n + 1 :]}
    # … on the lines where they stand
    rader = [kropp[: kropp.find(b"<Ers", n)].count(b"\n") + 1 for n in _starts(kropp)]
    assert [h.rad for h in hel.handelser] == rader


def _starts(kropp):
    """Return where events begin, by another way than the parser's."""
    utan = ersmodelar.re.sub(rb"<!--.*?-->", lambda m: b" " * len(m[0]), kropp)
    return [m.start() for m in ersmodelar.re.finditer(rb"<Ers", utan)]


@settings(max_examples=200)
@given(files(), st.integers(1, 3), st.floats(0, 1), st.integers(0, 9), st.binary(max_size=9))
def test_a_spoiled_file_is_refused_in_parts_when_it_is_refused_whole(
    kropp, flest, var, langd, annat
):
    plats = int(var * len(kropp))
    kropp = kropp[:plats] + annat + kropp[plats + langd :]

    hel, i_delar = ersmodelar.read(kropp, schema=SCHEMA), in_parts(kropp, flest)

    if isinstance(hel, Fil):
        assert i_delar == hel
    else:
        assert {fel.kod for fel in i_delar} == {fel.kod for fel in hel}


def test_what_is_wrong_with_the_root_is_said_once():
    kropp = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ERSMOIndata\nKälla="GVR">'
        + event("A")
        + "\n"
        + event("B")
        + "lös text"
        + event("C")
        + "</ERSMOIndata>"
    ).encode()

    fel = in_parts(kropp, 1)

    assert [f.rad for f in fel] == [3, 3]
    assert "saknar attributet ID" in fel[0].text
    assert ersmodelar.read(kropp, schema=SCHEMA) == fel


def test_an_event_without_end_is_refused_before_it_is_read():
    kropp = (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<ERSMOIndata ID="1">'
        + b"<a/>" * (ersmodelar.STORST_HANDELSE // 8)
        + b"<b>"
        + b" " * (ersmodelar.STORST_HANDELSE + 100_000)
    )

    (fel,) = ersmodelar.read(kropp, schema=SCHEMA)

    assert (fel.kod, fel.rad) == ("XML_SCHEMA", 2)
    assert "orimligt stor" in fel.text


def test_a_file_that_was_changed_is_not_read_on():
    kropp = "".join(["<ERSMOIndata ID='1' Källa='GVR'>", *map(event, "ABC"), "</ERSMOIndata>"])
    oversikt = ersmodelar.survey(BytesIO(kropp.encode()), schema=SCHEMA, flest=1)
    delar = ersmodelar.parts(BytesIO(kropp.replace('ID="C"', 'ID="D"').encode()), oversikt, flest=1)

    assert [h.id for _, fil in (next(delar), next(delar)) for h in fil.handelser] == ["A", "B"]
    with pytest.raises(Andrad):
        next(delar)


class Strom(io.RawIOBase):
    """A file that is made as it is read, and never was anywhere."""

    def __init__(self, antal):
        self._delar = chain(
            [b'<?xml version="1.0" encoding="UTF-8"?><ERSMOIndata ID="1" K\xc3\xa4lla="GVR">'],
            (event(f"H{nr}", diagnoser=60).encode() for nr in range(antal)),
            [b"</ERSMOIndata>"],
        )
        self._kvar = bytearray()
        self.last = 0

    def read(self, size=-1):
        while len(self._kvar) < size and (del_ := next(self._delar, None)) is not None:
            self._kvar += del_
        svar = bytes(self._kvar[:size])
        del self._kvar[:size]
        self.last += len(svar)
        return svar


def test_one_part_at_a_time_is_held_whatever_the_size_of_the_file(monkeypatch):
    monkeypatch.setattr(ersmodelar, "_BIT", 4_000)
    antal, flest, handelser = 300, 2, 0

    tracemalloc.start()
    try:
        oversikt = ersmodelar.survey(Strom(antal), schema=SCHEMA, flest=flest)
        strom = Strom(antal)
        for nummer, (_, fil) in enumerate(ersmodelar.parts(strom, oversikt, flest=flest), start=1):
            handelser += len(fil.handelser)
            assert strom.last < (nummer + 1) * 8_000 + 4_000  # nothing is read ahead
        _, hogst = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert handelser == oversikt.antal == antal
    assert hogst < 250_000 < strom.last / 3
