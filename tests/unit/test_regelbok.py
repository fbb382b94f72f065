"""The rule book says everything that is shipped, and says of what is invented that it is."""

from datetime import date

import msgspec
import pytest

from avstamning.core.regelbok import Underlag, write
from avstamning.queries import regelbok
from ersattning.ersmo.core import regelpaket
from gvr.core import kodverk
from gvr.core.avvikelse import Allvar
from gvr.core.felkatalog import Felpost
from gvr.core.kontroll import LATTADE_I_FIL, REGLER

INGET = Underlag(koder=(), lattade_i_fil=(), orsaker=(), paket=(), prislistor=(), kodverk=())
SKICKAS_MED = regelbok.shipped()
BOK = write(SKICKAS_MED)


def section(rubrik):
    """Return the book's part under a heading of the second level."""
    return BOK.split(f"\n## {rubrik}", 1)[1].split("\n## ", 1)[0]


def rows_of(text, kod):
    return [rad for rad in text.splitlines() if rad.startswith(f"| {kod} |")]


def test_every_check_stands_once_with_its_text_and_who_acts():
    koder = [kod for regel in REGLER for kod in regel.koder]
    katalog = {post.kod: post for post in SKICKAS_MED.koder}

    for kod in {*koder, *katalog}:
        (rad,) = rows_of(section("Kontroller"), kod)
        assert f"**{katalog[kod].titel}.** {katalog[kod].text}" in rad
        assert katalog[kod].atgard in rad


def test_a_check_that_a_file_is_forgiven_says_so():
    for kod in LATTADE_I_FIL:
        (rad,) = rows_of(section("Kontroller"), kod)
        assert "stoppar, i fil anmärkning" in rad


def test_every_reason_stands_once():
    for orsak in SKICKAS_MED.orsaker:
        (rad,) = rows_of(section("Orsaker"), orsak.kod)
        assert orsak.text in rad
        assert ("| väntar |" in rad) is orsak.vantar


@pytest.mark.parametrize("paket", SKICKAS_MED.paket, ids=lambda paket: paket.modell)
def test_every_rule_stands_under_its_pack_with_product_examples_and_own_reason(paket):
    text = section(f"Regler: {paket.namn}")

    assert len(text.split("\n#### ")) == len(paket.regler) + 1
    for regel in paket.regler:
        stycke = text.split(f"\n#### {regel.id} – {regel.titel}\n", 1)[1].split("\n#", 1)[0]
        assert regel.typ.value == "INGEN" or f"produkt **{regel.produktkod}**" in stycke
        assert regel.orsak is None or regel.orsak.text in stycke
        assert all(exempel.namn in stycke for exempel in regel.exempel)


@pytest.mark.parametrize("lista", SKICKAS_MED.prislistor, ids=lambda lista: lista.kod)
def test_every_price_stands_in_its_list_and_an_invented_one_twice_with_a_mark(lista):
    rader = section(f"Priser: {lista.namn}")
    samlat = section("Det som inte är offentligt")

    for pris in lista.priser:
        egna = [r for r in rows_of(rader, pris.produktkod) if str(pris.giltig) in r]
        assert len(egna) == 1, pris
        assert ("*påhittat*" in egna[0]) is pris.exempel
        rad = f"| {lista.kod} | {pris.produktkod} |"
        assert (rad in samlat) is pris.exempel


def test_every_invented_field_of_every_rule_is_in_the_one_list():
    samlat = section("Det som inte är offentligt").split("### I prislistorna")[0]

    for paket in SKICKAS_MED.paket:
        for regel in paket.regler:
            rader = [r for r in rows_of(samlat, paket.namn) if regel.id in r.split(" | ")[-1]]
            assert len(rader) >= len(regel.exempel_falt), regel.id


def test_a_code_without_a_public_text_and_an_interpreted_one_are_told_apart():
    lista = kodverk.parse(
        {
            "kodverk": "BTYP",
            "namn": "Besökstyper",
            "kalla": "en källa",
            "fullstandig": False,
            "koder": [
                {"kod": "0", "text": "Nybesök", "slutsats": True, "fr_o_m": date(2020, 1, 1)},
                {"kod": "H", "text": None, "text_offentlig": False, "fr_o_m": date(2020, 1, 1)},
                {"kod": "9", "text": "Telefonkontakt", "fr_o_m": date(2020, 1, 1)},
            ],
        }
    )

    bok = write(msgspec.structs.replace(INGET, kodverk=(lista,)))

    assert "| BTYP | nej | H | 0 |" in bok


def test_a_source_is_numbered_once_and_named_at_the_end():
    poster = tuple(
        Felpost(
            kod=f"NY00{nr}",
            titel="Fel",
            text="Fel | här.",
            atgard="Rätta.",
            allvar=Allvar.STOPP,
            kalla="https://exempel.invalid/",
        )
        for nr in range(3)
    )

    bok = write(msgspec.structs.replace(INGET, koder=poster))

    assert "### NY\n" in bok
    assert bok.count("| [^1] |") == 3
    assert "Fel \\| här." in bok
    assert bok.endswith("[^1]: https://exempel.invalid/\n")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "trasig.yaml").write_text("modell: X\n")

    with pytest.raises(ValueError, match=r"^trasig\.yaml: .*saknas"):
        list(regelbok.read(tmp_path, regelpaket.parse))
