"""The real PAM of a tree: what it does with passwords that are typed, to compare with what we read from its files."""

import json

from tests.hosts import Tree

OLD = "Frist-Passw0rd-of-Alice"
_PROBE = r"""
import ctypes, json, os, sys
asked = json.load(sys.stdin)
pam, libc = ctypes.CDLL("libpam.so.0"), ctypes.CDLL("libc.so.6")
libc.strdup.restype = libc.calloc.restype = ctypes.c_void_p
libc.calloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
class Message(ctypes.Structure):
    _fields_ = [("style", ctypes.c_int), ("text", ctypes.c_char_p)]
class Reply(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("code", ctypes.c_int)]
TALK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.POINTER(Message)),
                        ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p)
WAIT = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p)
class Conversation(ctypes.Structure):
    _fields_ = [("talk", TALK), ("data", ctypes.c_void_p)]
answers = list(asked["answers"])
def talk(count, messages, replies, data):
    memory = libc.calloc(count, ctypes.sizeof(Reply))
    made = ctypes.cast(memory, ctypes.POINTER(Reply))
    for index in range(count):
        if messages[index].contents.style in (1, 2):
            if not answers:
                return 19
            made[index].text = libc.strdup(answers.pop(0).encode())
    replies[0] = memory
    return 0
talk, wait = TALK(talk), WAIT(lambda *_: None)
handle = ctypes.c_void_p()
conversation = Conversation(talk, None)
os.setresuid(asked["uid"], 0, 0)
returned = pam.pam_start(asked["service"].encode(), asked["user"].encode(), ctypes.byref(conversation), ctypes.byref(handle))
pam.pam_set_item(handle, 10, wait)
for step in asked["steps"]:
    if returned == 0:
        returned = getattr(pam, step)(handle, 0)
pam.pam_end(handle, returned)
print(returned)
"""


def add_alice(tree: Tree) -> None:
    """An ordinary account with a password."""
    tree.run("useradd", "-m", "-u", "1000", "alice")
    tree.run("usermod", "-p", tree.run("openssl", "passwd", "-6", OLD).strip(), "alice")
    tree.path("/run/faillock").mkdir(exist_ok=True)


def _ask(tree: Tree, **asked: str | int | list[str]) -> bool:
    return tree.run("python3", "-c", _PROBE, stdin=json.dumps(asked)).strip() == "0"


def lets_in(tree: Tree, password: str, service: str = "login", user: str = "alice") -> bool:
    """Whether the service lets the account in with this password."""
    return _ask(
        tree, service=service, user=user, answers=[password], steps=["pam_authenticate", "pam_acct_mgmt"], uid=0
    )


def hash_of(tree: Tree, user: str = "alice") -> str:
    """What /etc/shadow keeps of the account's password."""
    return next(line.split(":")[1] for line in tree.read("/etc/shadow").splitlines() if line.startswith(f"{user}:"))


def stores(tree: Tree, new: str, service: str = "passwd", uid: int = 1000) -> bool:
    """Whether a new password ends up in /etc/shadow, when it is typed at every prompt; ``uid`` is who changes it."""
    before = hash_of(tree)
    answers = [*([OLD] if uid else []), *[new] * 12]
    _ask(tree, service=service, user="alice", answers=answers, steps=["pam_chauthtok"], uid=uid)
    after = hash_of(tree)
    tree.write("/etc/shadow", tree.read("/etc/shadow").replace(after, before))
    return after != before
