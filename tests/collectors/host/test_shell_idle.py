import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.host.shell_idle import ShellIdle, shell_idle
from collectors.readings import Text, Unread

READS = "for i in /etc/profile.d/*.sh; do\n  . $i\ndone\n"


def idle_of(**files: str) -> object:
    paths = {
        "profile": "/etc/profile",
        "a": "/etc/profile.d/a.sh",
        "bashrc": "/etc/bashrc",
        "environment": "/etc/environment",
    }
    lines = [(paths[name], line) for name, text in files.items() for line in ("", *filter(None, text.split("\n")))]
    told = "".join(f"{path}\t{line}\n" for path, line in lines)
    return shell_idle.outcome({shell_idle.sources[0].key: Text(told)})


def test_no_file_at_all_sets_nothing() -> None:
    assert shell_idle.outcome({shell_idle.sources[0].key: Text("")}) == ShellIdle()


@pytest.mark.parametrize(
    ("text", "idle"),
    [
        ("TMOUT=600", ShellIdle(600, where="/etc/profile.d/a.sh")),
        ("typeset -xr TMOUT=600", ShellIdle(600, fixed=True, where="/etc/profile.d/a.sh")),
        ("TMOUT='600'; export TMOUT", ShellIdle(600, where="/etc/profile.d/a.sh")),
        ("TMOUT=", ShellIdle(0, where="/etc/profile.d/a.sh")),
        ("echo done # TMOUT=600", ShellIdle()),
        ("NO_TMOUT=600", ShellIdle()),
        ('[ "$PS1" ] && TMOUT=600', ShellIdle(600, conditional=True, where="/etc/profile.d/a.sh")),
        ("if true; then TMOUT=600; fi", ShellIdle(600, conditional=True, where="/etc/profile.d/a.sh")),
        ("idle() {\n  TMOUT=600\n}\n", ShellIdle(600, conditional=True, where="/etc/profile.d/a.sh")),
        ("if true; then\n  :\nfi\nTMOUT=600", ShellIdle(600, where="/etc/profile.d/a.sh")),
    ],
)
def test_an_assignment(text: str, idle: ShellIdle) -> None:
    assert idle_of(profile=READS, a=text) == idle


def test_the_order_of_the_files() -> None:
    assert idle_of(profile=". /etc/bashrc\nTMOUT=100\n", bashrc="TMOUT=200\n") == ShellIdle(100, where="/etc/profile")
    assert idle_of(profile="TMOUT=100\nsource /etc/bashrc\n", bashrc="TMOUT=200\n") == ShellIdle(
        200, where="/etc/bashrc"
    )
    assert idle_of(profile="", environment='TMOUT="300"\n') == ShellIdle(300, where="/etc/environment")


@pytest.mark.parametrize("text", ["TMOUT=$WAIT", "TMOUT=$((15*60))", "TMOUT=15m", "TMOUT=`cat /etc/idle`"])
def test_what_is_worked_out_is_not_understood(text: str) -> None:
    assert isinstance(idle_of(profile=READS, a=text), Unread)


@given(st.text(alphabet="TMOUT=0123 \n;&|{}()ifthendoexprtunsw$'\"#", max_size=80))
def test_any_text_is_a_fact_or_unread(text: str) -> None:
    assert isinstance(idle_of(profile=READS, a=text), ShellIdle | Unread)
