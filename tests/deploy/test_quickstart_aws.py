"""The page is followed with the real AWS CLI on a moto server; what moto does not know is held against the templates."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.aws_accounts import moto_server, new_account
from tests.bench.environments import environment
from tests.daemons import ROOT
from tests.quickstarts import shows, steps

PAGE = "quickstart-aws.md"


def test_each_step_leads_to_what_the_page_says(tmp_path: Path) -> None:
    cli = environment("awscli", "awscli==1.46.3") / "bin"
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    program = tmp_path / "bin/wispwatch"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m agent "$@"\n')
    program.chmod(0o755)
    said, kinds = "", set()
    with moto_server() as address:
        account = new_account(address)
        with account.environment():
            variables = {**os.environ, "PATH": f"{program.parent}:{cli}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
            for step in steps(PAGE):
                text = step.text.replace("111111111111", account.number)
                kinds.add(step.kind)
                if step.kind == "sh":
                    done = subprocess.run(
                        ["sh", "-ec", text], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
                    )
                    assert done.returncode == 0, (text, done.stdout, done.stderr)
                    said = done.stdout
                elif step.kind == "text":
                    assert shows(said, text), (text, said)
                elif step.kind == "yaml":
                    (tmp_path / step.path).write_text(text)
    assert kinds == {"sh", "text", "yaml", "console"}
    assert (tmp_path / "findings.csv").read_text().count("\n") > 150


COMMANDS = [step.text for step in steps(PAGE) if step.kind in {"sh", "console"} and "deploy --stack-name" in step.text]


@pytest.mark.parametrize("text", COMMANDS, ids=[re.findall(r"aws/([\w-]+)\.yaml", text)[-1] for text in COMMANDS])
def test_templates_are_given_what_they_ask_for(text: str) -> None:
    (command,) = (line for line in text.replace("\\\n", " ").splitlines() if "deploy --stack-name" in line)
    words = shlex.split(command)
    template = yaml.safe_load((ROOT / words[words.index("--template-file") + 1]).read_text())
    given = dict(word.split("=", 1) for word in words[words.index("--parameter-overrides") + 1 :])
    asked = template["Parameters"]
    assert set(given) <= set(asked)
    assert {name for name, one in asked.items() if "Default" not in one} <= set(given)
    for name, value in given.items():
        assert re.fullmatch(asked[name].get("AllowedPattern", ".*"), value), (name, value)
        assert value in asked[name].get("AllowedValues", [value])
        assert len(value) >= int(asked[name].get("MinLength", 0))
    names_roles = any(
        "RoleName" in one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::IAM::Role"
    )
    assert ("CAPABILITY_NAMED_IAM" in words) == names_roles
