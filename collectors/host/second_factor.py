"""Whether PAM asks who comes in over SSH for more than a password."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.pam import PAM_FILES, PAM_MODULES, Rule, Stack, resolve
from collectors.host.pam_walk import Answer, undecided_modules, walk, worlds
from collectors.sources import Mode

FACTORS = frozenset(
    {
        *("pam_google_authenticator", "pam_oath", "pam_duo", "pam_u2f", "pam_yubico", "pam_otpw", "pam_securid"),
        *("pam_privacyidea", "pam_pkcs11", "pam_totp", "pam_fprintd", "pam_ssh_agent_auth"),
    }
)
"""Modules that ask for something other than a password: a token, a telephone, a key."""
_LENIENT = {
    "pam_google_authenticator": ("nullok",),
    "pam_u2f": ("nouserok",),
    "pam_yubico": ("nullok",),
    "pam_oath": ("usersfile_optional",),
}
"""Options by which such a module lets in whoever has not enrolled."""
_MAY_ASK = frozenset({"pam_radius_auth", "pam_exec", "pam_script", "pam_python", "pam_url", "pam_pwdfile", "pam_sss"})
"""Modules that may ask for anything, by a server or a program that is not seen from here."""
_DIRECTORIES = frozenset({"pam_sss", "pam_ldap", "pam_krb5", "pam_winbind", "pam_systemd_home"})
"""Modules that know accounts which are not in the local files."""


@dataclass(frozen=True)
class SecondFactor(Fact):
    """What the ``auth`` stack of the service sshd asks for beside the password of a local account."""

    modules: tuple[str, ...] = ()
    """Modules for a second factor, without which nobody comes in."""
    lenient: tuple[str, ...] = ()
    """Those among them that let in whoever has not enrolled."""
    unclear: tuple[str, ...] = ()
    """Modules that may ask for more, or on whose answer it depends whether more is asked."""
    refuses: bool = False
    """Whether the stack lets nobody in, whatever the password."""


@collector(PAM_FILES, PAM_MODULES)
def second_factor(files: dict[str, str], modules: tuple[Mode, ...] | None) -> SecondFactor:
    """Walks the stack with the right password and no second factor: who comes in that way needs none."""
    stack = resolve(files, modules).stack("sshd", "auth")
    asked = tuple(dict.fromkeys(rule.module for rule in stack if rule.module in FACTORS and rule.installed))
    ways = list(worlds(stack))
    bare = [answer for answer in ways if walk(stack, _without(answer)).granted]
    if not bare and not asked:
        others = tuple(dict.fromkeys(rule.module for rule in stack if rule.module in _DIRECTORIES and rule.installed))
        return SecondFactor(unclear=others, refuses=not others)
    if not bare:
        return SecondFactor(asked, tuple(rule.module for rule in stack if _is_lenient(rule)))
    deciding = [rule.module for answer in bare for rule in _deciding(stack, answer)]
    unclear = deciding if len(bare) == len(ways) else [*deciding, *undecided_modules(stack), *asked]
    return SecondFactor(unclear=tuple(dict.fromkeys(unclear)))


def _without(answer: Answer, refusing: Rule | None = None) -> Answer:
    """The password is right, everything of a second factor is refused, and so is what ``refusing`` asks for."""

    def answered(rule: Rule) -> str:
        if rule == refusing or rule.module in FACTORS:
            return "auth_err"
        return "success" if rule.module == "pam_unix" else answer(rule)

    return answered


def _deciding(stack: Stack, answer: Answer) -> list[Rule]:
    """Rules without whose yes nobody comes in, and of which nobody knows from here what they ask for."""
    asked = [rule for rule in walk(stack, _without(answer)).visited if rule.module in _MAY_ASK]
    return [rule for rule in asked if not walk(stack, _without(answer, rule)).granted]


def _is_lenient(rule: Rule) -> bool:
    return rule.installed and any(option in rule.arguments for option in _LENIENT.get(rule.module, ()))
