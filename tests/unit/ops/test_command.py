"""The `nutshell` command as a person types it."""

from pathlib import Path

import pytest

from nutshell import __version__
from nutshell.common.errors import ConfigurationError, InvalidInput
from nutshell.ops import command

REFERENCE = Path("docs/reference/commands.md")


def test_help_names_every_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    text = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(one.name in text for one in command.SUBCOMMANDS)


@pytest.mark.parametrize("name", [one.name for one in command.SUBCOMMANDS])
def test_every_subcommand_explains_itself_and_stands_in_the_reference(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main([name, "--help"])
    assert ended.value.code == 0
    assert f"nutshell {name}" in capsys.readouterr().out
    assert f"`nutshell {name}" in REFERENCE.read_text() or f"`{name}" in REFERENCE.read_text()


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--version"])
    assert capsys.readouterr().out == f"nutshell {__version__}\n"


@pytest.mark.parametrize("line", [[], ["dance"], ["user"], ["catalog", "paint"], ["web"]])
def test_a_wrong_command_line_ends_with_2(line: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(line)
    assert ended.value.code == 2


def _raising(error: BaseException):
    def act() -> None:
        raise error

    return act


def test_what_cannot_be_done_ends_with_1_and_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(_raising(ConfigurationError("%(path)s is missing.", path="ca.crt"))) == 1
    assert capsys.readouterr().err == "nutshell: ca.crt is missing.\n"
    assert command.run(_raising(InvalidInput({"email": "This is not an e-mail address."}))) == 1
    assert capsys.readouterr().err == "nutshell: This is not an e-mail address.\n"


def test_inv_i17_a_fault_in_the_program_is_shown_by_place_not_by_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(_raising(RuntimeError("weight of alice: 64.5 kg"))) == 1
    text = capsys.readouterr().err
    assert "64.5" not in text
    assert "RuntimeError at ops/command.py" in text
