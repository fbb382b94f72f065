"""Documents written as YAML: safe to read, and every fault has its line."""

import pytest
import yaml

from gvr.admin import yamltext
from gvr.admin.yamltext import Dokument


def test_every_place_has_its_line():
    dokument = yamltext.read("modell: a\nregler:\n  - id: X\n    villkor:\n      taxa: ['01']\n")

    assert isinstance(dokument, Dokument)
    assert dokument.line("/regler/0/villkor/taxa") == 5
    assert dokument.line("/regler/0/id") == 3
    assert dokument.line("/modell") == 1


def test_a_place_that_is_missing_is_shown_where_it_should_have_been():
    dokument = yamltext.read("modell: a\nregler:\n  - id: X\n")

    assert dokument.line("/regler/0/produktkod") == 3
    assert dokument.line("/avtalsomrade") == 1


@pytest.mark.parametrize(
    ("text", "rad", "ord_"),
    [
        ("a: &x 1\nb: *x\n", 1, "Ankare"),
        ("a: 1\nb: 2\na: 3\n", 3, "två gånger"),
        ("lista:\n  - x: 1\n    x: 2\n", 3, "två gånger"),
        ("a: !!python/object/apply:os.system ['ls']\n", 1, "Taggar"),
        ("a: 1\n---\nb: 2\n", 2, "mer än ett dokument"),
        ("a: [1, 2\nb: 3\n", 2, "går inte att läsa"),
        ("a:\n\t- 1\n", 2, "går inte att läsa"),
        ('a: 1\nb: "\\ud800"\n', 2, "inte går att lagra"),
        ('a: 1\n"b\\0": 1\n', 2, "inte går att lagra"),
    ],
)
def test_what_yaml_allows_but_nobody_means_is_refused_with_its_line(text, rad, ord_):
    fel = yamltext.read(text)

    assert isinstance(fel, tuple)
    assert fel[0].rad == rad
    assert ord_ in fel[0].text


def test_a_billion_laughs_stops_at_the_first_anchor():
    text = "a: &a [x, x]\n" + "".join(
        f"{ord_}: &{ord_} [{', '.join(['*' + fore] * 9)}]\n"
        for fore, ord_ in zip("abcdefgh", "bcdefghi", strict=True)
    )

    assert "Ankare" in yamltext.read(text)[0].text


@pytest.mark.parametrize("text", ["", "   \n", "# bara en kommentar\n"])
def test_an_empty_text_is_no_document(text):
    assert "tomt" in yamltext.read(text)[0].text


def test_too_deep_and_too_large_texts_are_refused():
    assert "nivåer" in yamltext.read("[" * 40 + "]" * 40)[0].text
    assert "större" in yamltext.read("a" * (yamltext.MAX_SIZE + 1))[0].text


def test_what_is_written_reads_back_in_the_same_order():
    innehall = {"modell": "åäö", "belopp": "137,50", "regler": [{"id": "X", "taxa": ["01"]}]}

    text = yamltext.write(innehall)

    assert list(yaml.safe_load(text)) == ["modell", "belopp", "regler"]
    assert yamltext.read(text).innehall == innehall


def test_a_part_that_stands_in_two_places_is_written_twice():
    kontakt = {"btyp": "1"}
    dokument = {"traff": kontakt, "miss": kontakt}

    assert yamltext.read(yamltext.write(dokument)).innehall == dokument
