"""Nothing that was sent, stored or written by a person is ever run as a programme or as markup.

ruff refuses most of this too, but one comment on the line silences ruff. Here a line that must be
an exception is written down with its reason.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("gvr", "avstamning", "ersattning")
FILES = sorted(fil for rum in ROOMS for fil in (ROOT / rum).rglob("*.py"))
TEMPLATES = sorted(
    fil
    for mapp in (ROOT / "templates", *(ROOT / rum for rum in ROOMS))
    for fil in mapp.rglob("*.html")
)

RUNS = {"eval", "exec", "compile", "__import__"}  # as built-in names: re.compile is another thing
UNPACKS = {"pickle", "cPickle", "_pickle", "dill", "marshal", "shelve", "jsonpickle", "joblib"}
SHELLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
YAML = {"yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all", "yaml.full_load_all"}
SAFE_LOADERS = {"yaml.SafeLoader", "yaml.CSafeLoader"}
MARKS = {"mark_safe", "SafeString", "SafeText", "SafeData"}
UNDEFENDED = {"xml.etree.ElementTree", "xml.dom.minidom", "xml.sax", "xml.dom.pulldom"}
#: Exceptions by (file, what is used), each with its reason. There are none.
ALLOWED: dict[tuple[str, str], str] = {}


def name_of(nod):
    """Return a dotted name, "" for what is none."""
    if isinstance(nod, ast.Attribute):
        return f"{name_of(nod.value)}.{nod.attr}".lstrip(".")
    return nod.id if isinstance(nod, ast.Name) else ""


def dangers(source):
    """Return (line, what) of everything that could run or show data as it stands."""
    svar = []
    for nod in ast.walk(ast.parse(source)):
        if isinstance(nod, ast.Import):
            svar += [(nod.lineno, a.name) for a in nod.names if a.name.split(".")[0] in UNPACKS]
        elif isinstance(nod, ast.ImportFrom):
            if (nod.module or "").split(".")[0] in UNPACKS:
                svar.append((nod.lineno, nod.module))
        elif isinstance(nod, ast.Call):
            svar += [(nod.lineno, vad) for vad in _of_call(nod)]
    return sorted(svar)


def _of_call(nod):
    namn = name_of(nod.func)
    nyckelord = {k.arg: k.value for k in nod.keywords}
    if namn in RUNS or namn in SHELLS or namn in YAML:
        yield namn
    if namn.split(".")[-1] in MARKS:
        yield namn
    if namn in {"yaml.load", "yaml.load_all"}:
        loader = nyckelord.get("Loader") or (nod.args[1] if len(nod.args) > 1 else None)
        if name_of(loader) not in SAFE_LOADERS:
            yield namn
    if "shell" in nyckelord and getattr(nyckelord["shell"], "value", True) is not False:
        yield f"{namn}(shell)"
    if namn == "format_html" and not isinstance(nod.args[0], ast.Constant):
        yield "format_html of what is no literal"  # mark_safe by another name


def xml_readers(source):
    """Return (line, module) of readers that would follow what a document declares."""
    return sorted(
        (nod.lineno, namn)
        for nod in ast.walk(ast.parse(source))
        for namn in (
            [a.name for a in nod.names]
            if isinstance(nod, ast.Import)
            else [nod.module or "", *(f"{nod.module}.{a.name}" for a in nod.names)]
            if isinstance(nod, ast.ImportFrom)
            else []
        )
        if namn in UNDEFENDED
    )


@pytest.mark.parametrize(
    "source",
    [
        "eval(text)",
        "exec(text)",
        "__import__('os')",
        "import pickle",
        "from marshal import loads",
        "os.system(text)",
        "subprocess.run(text, shell=True)",
        "subprocess.run(text, shell=skal)",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.Loader)",
        "yaml.unsafe_load(text)",
        "mark_safe(text)",
        "safestring.SafeString(text)",
        "format_html(f'<b>{text}</b>')",
        "format_html(text)",
    ],
)
def test_the_eye_sees_what_it_should(source):
    assert dangers(source)


@pytest.mark.parametrize(
    "source",
    [
        "re.compile('x')",
        "yaml.load(text, Loader=yaml.CSafeLoader)",
        "subprocess.run([text])",
        "subprocess.run([text], shell=False)",
        "format_html('<b>{}</b>', text)",
    ],
)
def test_the_eye_passes_over_what_is_harmless(source):
    assert not dangers(source)


def test_no_data_is_run_unpacked_or_marked_as_safe():
    funna = {
        (str(fil.relative_to(ROOT)), vad): rad
        for fil in FILES
        for rad, vad in dangers(fil.read_text())
    }

    assert len(FILES) > 300
    assert {fall: rad for fall, rad in funna.items() if fall not in ALLOWED} == {}
    assert set(ALLOWED) <= set(funna), "an exception that nothing needs any more"


def test_no_document_is_read_by_a_reader_that_follows_its_declarations():
    funna = {
        str(fil.relative_to(ROOT)): lasare
        for fil in FILES
        if (lasare := xml_readers(fil.read_text()))
    }

    assert xml_readers("from xml.etree import ElementTree")
    assert {fil: lasare for fil, lasare in funna.items() if lasare} == {}


def test_no_template_shows_data_as_markup():
    osakert = re.compile(
        r"\|\s*(safe|safeseq)\b|autoescape\s+off|\bon[a-z]+\s*=\s*[\"'][^\"']*\{\{"
    )
    funna = {
        f"{fil.relative_to(ROOT)}:{nummer}": rad.strip()[:200]
        for fil in TEMPLATES
        for nummer, rad in enumerate(fil.read_text().splitlines(), 1)
        if osakert.search(rad)
    }

    assert osakert.search("{{ text|safe }}")
    assert len(TEMPLATES) > 80
    assert funna == {}
