from agent.remedies import remedy_for


def test_a_reason_leads_to_a_remedy() -> None:
    assert remedy_for("/etc/shadow: permission denied") == "run as root"
    assert remedy_for("sshd -T: no hostkeys available -- exiting.") == "run as root"
    assert not remedy_for("no training register is configured: add registers.training to the configuration")
    assert remedy_for("a directory tree does not run") == "scan the running host"
    assert remedy_for("who knows") == ""
