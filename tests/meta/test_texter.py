"""The words: Swedish is complete, the word list knows them, and the documents tell the truth."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.apps import apps
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
ORDLISTA = ROOT / "docs" / "ordlista.md"
LOCALES = ROOT / "gvr" / "locale"

FOREIGN = {
    "a folder of somebody's own machine": r"(?<![\w.~-])/(?:wo"
    r"rk|ro"
    r"ot|ho"
    r"me/\w+|Us"
    r"ers)/",
    "a registry's host": r"pyp" r"i\.org|pythonho" r"sted|npmj" r"s\.(?:org|com)|registry\.np" r"m",
    "a writing tool": r"(?i)\b(?:cla" r"ude|chatg" r"pt|copi" r"lot|sub" r"agent)\b",
    "an issue number": r"(?i)\b(?:iss" r"ue|fixes|closes) #\d+",
}
"""What the project's own files never mention; each pattern is split so as not to find itself."""

CORPUS = r"shared" r"/corpus"


@cache
def files():
    """Return the project's files: those git knows, or all where there is no git."""
    ut = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if ut.returncode == 0:
        namn = [ROOT / n for n in ut.stdout.split("\0") if n]
    else:
        namn = [f for f in ROOT.rglob("*") if not {".venv", ".lokal"} & set(f.parts)]
    return [f for f in namn if f.is_file()]


@cache
def text_of(fil):
    """Return a file's text, or nothing when it is not text."""
    try:
        return fil.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def our_models():
    """Return the models of this project."""
    return [
        model
        for config in apps.get_app_configs()
        if Path(config.path).is_relative_to(ROOT) and ".venv" not in config.path
        for model in config.get_models()
    ]


def documents():
    """Return README and everything under docs."""
    return sorted(f for f in files() if f.suffix == ".md")


# The project speaks only of itself --------------------------------------------------------------


@pytest.mark.parametrize(("vad", "monster"), FOREIGN.items())
def test_no_file_mentions(vad, monster):
    traffar = [
        f"{fil.relative_to(ROOT)}: {traff.group()}"
        for fil in files()
        for traff in re.finditer(monster, text_of(fil))
    ]

    assert len(files()) > 100
    assert traffar == [], vad


def test_only_the_ground_of_the_tests_knows_where_the_corpus_is():
    kanner = [str(f.relative_to(ROOT)) for f in files() if re.search(CORPUS, text_of(f))]

    assert [k for k in kanner if k != "tests/conftest.py"] == []


# Swedish ----------------------------------------------------------------------------------------


def test_the_swedish_translation_is_complete():
    kataloger = sorted(LOCALES.glob("sv/LC_MESSAGES/*.po"))
    fel = []
    for fil in kataloger:
        with fil.open("rb") as f:
            katalog = read_po(f, locale="sv")
        for post in katalog:
            texter = post.string if isinstance(post.string, (tuple, list)) else [post.string]
            if post.id and (not all(texter) or post.fuzzy):
                fel.append(f"{fil.name}: {post.id!r}")

    assert kataloger
    assert fel == []


def test_every_translation_keeps_its_placeholders():
    fel = []
    for fil in sorted(LOCALES.glob("sv/LC_MESSAGES/*.po")):
        with fil.open("rb") as f:
            katalog = read_po(f, locale="sv")
        fel += [f"{post.id!r}: {fel}" for post in katalog for fel in post.check(katalog)]

    assert fel == []


def test_every_word_of_the_screens_is_in_the_word_list():
    ord_ = set(re.findall(r"[\wåäöÅÄÖ-]+(?: [\wåäöÅÄÖ-]+)*", ORDLISTA.read_text().lower()))
    saknas = sorted(
        {
            str(namn).lower()
            for model in our_models()
            for namn in (model._meta.verbose_name, model._meta.verbose_name_plural)
        }
        - ord_
    )

    assert saknas == []


# Documents name only what exists ----------------------------------------------------------------


@pytest.mark.parametrize("dokument", documents(), ids=lambda f: str(f.relative_to(ROOT)))
def test_a_document_links_only_to_what_exists(dokument):
    text = re.sub(r"```.*?```", "", text_of(dokument), flags=re.S)
    mal = re.findall(r"\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)", text)
    saknas = [m for m in mal if not (dokument.parent / m).exists()]

    assert saknas == []


@pytest.mark.parametrize("dokument", documents(), ids=lambda f: str(f.relative_to(ROOT)))
def test_a_document_names_only_files_that_exist(dokument):
    toppar = {f.relative_to(ROOT).parts[0] for f in files()}
    namn = re.findall(r"`([\w.-]+(?:/[\w.-]+)+/?)`", text_of(dokument))
    saknas = sorted(
        {
            n
            for n in namn
            if n.split("/")[0] in toppar and n.split("/")[0] != ".lokal" and not (ROOT / n).exists()
        }
    )

    assert saknas == []


@pytest.mark.parametrize("dokument", documents(), ids=lambda f: str(f.relative_to(ROOT)))
def test_a_document_names_only_commands_that_exist(dokument):
    text = text_of(dokument)
    mal = set(re.findall(r"^([\w-]+):", text_of(ROOT / "Makefile"), re.M))
    okanda = [
        *(
            f"manage.py {k}"
            for k in re.findall(r"manage\.py ([a-z]\w+)", text)
            if k not in get_commands()
        ),
        *(
            f"make {m}"
            for m in re.findall(r"`make ([a-z][\w-]*)|^make ([a-z][\w-]*)", text, re.M)
            if (m[0] or m[1]) not in mal
        ),
    ]

    assert okanda == []


def test_there_are_documents_to_check():
    namn = {str(f.relative_to(ROOT)) for f in documents()}

    assert {"README.md", "docs/ordlista.md", "docs/arkitektur.md"} <= namn
