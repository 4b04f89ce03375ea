"""Accounts and keys for tests, made by the programs that an administrator uses."""

from tests.hosts import Tree

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA{}"


def add(tree: Tree, name: str, password: str = "", *options: str) -> None:
    """Make an account as an administrator does; with a password only where one is given."""
    tree.run("useradd", "--create-home", "--shell", "/bin/bash", *options, name)
    if password:
        tree.run("chpasswd", stdin=f"{name}:{password}\n")


def authorize(tree: Tree, name: str, line: str, place: str = ".ssh/authorized_keys") -> None:
    """Give an account a key."""
    tree.write(f"/home/{name}/{place}", f"# a comment\n\n{line} {name}@example.org\n", mode=0o600)


def key(letter: str) -> str:
    """A public key; another one for another letter."""
    return KEY.format(letter * 2)
