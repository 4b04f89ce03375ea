import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.collector import Outcome
from collectors.host.pam import PAM_FILES, PAM_MODULES, Pam, Rule, logical_lines, pam
from collectors.host.pam_walk import undecided_modules, walk, worlds
from collectors.readings import Absent, Text, Unread


def outcome_of(**files: str) -> Outcome:
    texts = {f"/etc/pam.d/{name}": text for name, text in files.items()}
    return pam.outcome({PAM_FILES.key: Text(json.dumps(texts)), PAM_MODULES.key: Absent()})


def test_no_pam_at_all_is_absent() -> None:
    assert pam.outcome({PAM_FILES.key: Absent("/etc/pam.d"), PAM_MODULES.key: Absent()}) == Absent("/etc/pam.d")


def test_what_could_not_be_read_stays_unread() -> None:
    readings = {PAM_FILES.key: Unread("/etc/pam.d/sshd: permission denied"), PAM_MODULES.key: Absent()}
    assert pam.outcome(readings) == Unread("/etc/pam.d/sshd: permission denied")


@pytest.mark.parametrize(
    "text",
    [
        "@include a",
        "auth substack a",
        "auth include a",
        "auth required pam_unix.so\0",
        "auth required pam_unix.so \\",
        "auth include /srv/pam/own",
    ],
)
def test_what_cannot_be_resolved_is_not_understood(text: str) -> None:
    assert isinstance(outcome_of(a=text), Unread)


@given(st.text(alphabet="auth pswordinclude@sbk[]=\\\n\t#1-.", max_size=200))
def test_any_text_is_a_fact_or_unread(text: str) -> None:
    assert isinstance(outcome_of(a=text, b="auth required pam_unix.so"), Pam | Unread)


def test_lines_are_put_together_as_libpam_does() -> None:
    text = (
        "# all\n\nauth required \\\n  # a comment between does not end it\n pam_unix.so # end\\\nauth optional pam_x.so"
    )
    assert logical_lines(text) == ["auth required  pam_unix.so", "auth optional pam_x.so"]


def test_a_bracket_is_one_word_also_among_the_arguments() -> None:
    (rule,) = Pam.of(a="auth [success=1  default = ignore] pam_listfile.so item=user [file=/etc/my users]").stack(
        "a", "auth"
    )
    assert rule.arguments == ("item=user", "file=/etc/my users")
    assert (rule.action("success"), rule.action("auth_err")) == ("1", "ignore")


@pytest.mark.parametrize(
    "line",
    [
        "auth requird pam_permit.so",  # no such control: bad whatever it answers
        "auth [success=maybe] pam_permit.so",
        "auth required",
        "auth",
        "aut required pam_permit.so",  # no such type: counts as auth, and denies
        "auth include nowhere",
        "@include nowhere",
    ],
)
def test_a_faulty_line_denies(line: str) -> None:
    stack = Pam.of(a=f"{line}\nauth required pam_permit.so").stack("a", "auth")
    assert not walk(stack, lambda _: "success").granted


def test_a_service_without_lines_of_a_type_gets_those_of_other() -> None:
    read = Pam.of(su="auth required pam_unix.so", other="password required pam_deny.so\nauth required pam_deny.so")
    assert read.stack("su", "password")[0].module == "pam_deny"
    assert read.stack("su", "auth")[0].module == "pam_unix"


def test_an_include_takes_only_lines_of_its_type() -> None:
    read = Pam.of(a="auth include b", b="account required pam_unix.so\n@include c", c="auth required pam_env.so\n")
    assert [rule.module for rule in read.stack("a", "auth")] == ["pam_env"]
    assert read.stack("a", "account") == ()


def test_vendor_files_give_way() -> None:
    texts = {"/usr/lib/pam.d/x": "auth required pam_deny.so", "/etc/pam.d/x": "auth required pam_permit.so"}
    read = pam.outcome({PAM_FILES.key: Text(json.dumps(texts)), PAM_MODULES.key: Absent()})
    assert isinstance(read, Pam)
    assert [rule.module for rule in read.stack("x", "auth")] == ["pam_permit"]


def test_pam_conf_counts_only_without_the_directory() -> None:
    conf = "login auth required pam_unix.so\nLOGIN account\trequired pam_unix.so\n"
    alone = pam.outcome({PAM_FILES.key: Text(json.dumps({"/etc/pam.conf": conf})), PAM_MODULES.key: Absent()})
    assert isinstance(alone, Pam)
    assert [rule.module for rule in alone.stack("login", "account")] == ["pam_unix"]
    both = {"/etc/pam.conf": conf, "/etc/pam.d/su": "auth required pam_deny.so"}
    beside = pam.outcome({PAM_FILES.key: Text(json.dumps(both)), PAM_MODULES.key: Absent()})
    assert isinstance(beside, Pam)
    assert beside.stack("login", "auth") == ()


def test_leftovers_and_fragments_are_no_services() -> None:
    line = "auth required pam_unix.so"
    read = Pam.of(
        **{
            "sshd": "@include common-auth\n@include corporate",
            "su-l": "auth include su",
            "su": line,
            "common-auth": line,
            "corporate": line,
            "system-auth-ac": line,
            "sshd~": line,
            "sshd.rpmsave": line,
            "login.dpkg-dist": line,
        }
    )
    assert read.services("auth") == ("sshd", "su", "su-l")


def test_a_module_that_is_not_on_the_disk() -> None:
    files = Text(json.dumps({"/etc/pam.d/x": "-auth optional pam_gone.so\nauth required /lib/security/pam_unix.so"}))
    modules = Text("81a4 0 0 root root 5 1700000000 /lib/x86_64-linux-gnu/security/pam_unix.so\n")
    read = pam.outcome({PAM_FILES.key: files, PAM_MODULES.key: modules})
    assert isinstance(read, Pam)
    assert [rule.installed for rule in read.stack("x", "auth")] == [False, True]


def stack_of(text: str) -> tuple[Rule, ...]:
    return Pam.of(x=text, sub="auth sufficient pam_a.so\nauth required pam_b.so").stack("x", "auth")


@pytest.mark.parametrize(
    ("text", "answers", "visited", "granted"),
    [
        ("auth required pam_a.so\nauth required pam_b.so", {"pam_a": "auth_err"}, "ab", False),
        ("auth requisite pam_a.so\nauth required pam_b.so", {"pam_a": "auth_err"}, "a", False),
        ("auth sufficient pam_a.so\nauth required pam_b.so", {}, "a", True),
        # A success cannot make good what a required module said before.
        (
            "auth required pam_c.so\nauth sufficient pam_a.so\nauth required pam_b.so",
            {"pam_c": "auth_err"},
            "cab",
            False,
        ),
        ("auth optional pam_a.so", {"pam_a": "auth_err"}, "a", False),
        ("auth optional pam_a.so", {}, "a", True),
        ("auth required pam_a.so", {"pam_a": "ignore"}, "a", False),
        ("auth [success=1 default=ignore] pam_a.so\nauth required pam_b.so\nauth required pam_c.so", {}, "ac", True),
        ("auth [success=2 default=ignore] pam_a.so\nauth required pam_b.so", {}, "a", False),
        # A jump alone grants nothing.
        ("auth [success=1 default=ignore] pam_a.so\nauth required pam_b.so", {}, "a", False),
        # What is done in a substack is done there only.
        ("auth substack sub\nauth required pam_c.so", {"pam_c": "auth_err"}, "ac", False),
        ("auth include sub\nauth required pam_c.so", {"pam_c": "auth_err"}, "a", True),
        ("auth [success=1 default=bad] pam_c.so\nauth substack sub\nauth required pam_d.so", {}, "cd", True),
        ("auth required pam_c.so\nauth [default=reset] pam_d.so", {}, "cd", False),
    ],
)
def test_a_walk(text: str, answers: dict[str, str], visited: str, granted: bool) -> None:
    way = walk(stack_of(text), lambda rule: answers.get(rule.module, "success"))
    assert "".join(rule.module[-1] for rule in way.visited) == visited
    assert way.granted is granted


def test_worlds_are_tried_for_modules_that_choose_the_way() -> None:
    stack = stack_of(
        "auth required pam_env.so\nauth [success=1 default=ignore] pam_access.so\nauth sufficient pam_unix.so"
    )
    assert undecided_modules(stack) == ("pam_access",)
    assert len(list(worlds(stack))) == 2
    assert undecided_modules(stack_of("auth [success=1 default=ignore] pam_succeed_if.so uid >= 1000 quiet")) == ()


def test_too_many_worlds_are_not_tried() -> None:
    stack = stack_of("\n".join(f"auth sufficient pam_own{number}.so" for number in range(20)))
    with pytest.raises(ValueError, match="too many"):
        list(worlds(stack))
