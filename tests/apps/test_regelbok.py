"""The command that writes the rule book."""

from io import StringIO

from django.core.management import call_command


def test_the_book_is_the_same_in_a_file_and_on_the_screen(tmp_path):
    ut, fil = StringIO(), tmp_path / "regelbok.md"

    call_command("print_regelbok", stdout=ut)
    call_command("print_regelbok", "--file", str(fil))

    assert fil.read_text() == ut.getvalue()
    assert ut.getvalue().startswith("# Regelbok\n")
