"""Who may do everything in an account: whoever may change all rights can give himself every other."""

import re
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from checks.check import SUPPORTING, check, given
from checks.verdict import HIGH, LOW, Verdict, failed, not_applicable, passed, unknown, unless_blind
from collectors.aws.iam_identities import OwnPolicy, Rights, UserPolicies, UserRights
from collectors.aws.policy import ALLOW, DENY, Condition, Statement
from collectors.collector import Unseen, Whole
from collectors.organization.roster import Person, Roster
from collectors.organization.rows import may_be_about
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 1, 15, tzinfo=UTC))
_ALL = Statement(ALLOW, actions=("*",), resources=("*",))
_ALL_OF_IAM = Statement(ALLOW, actions=("s3:Get*", "iam:*"), resources=("*",))
_ALL_BUT_ORGANIZATIONS = Statement(ALLOW, not_actions=("organizations:*",), resources=("*",))
_POWER = Statement(ALLOW, not_actions=("iam:*", "organizations:*"), resources=("*",))
_READS = Statement(ALLOW, actions=("s3:Get*",), resources=("*",))
_ONE_BUCKET = Statement(ALLOW, actions=("*",), resources=("arn:aws:s3:::a", "arn:aws:s3:::a/*"))
_TAGGED = Statement(
    ALLOW,
    actions=("*",),
    resources=("*",),
    conditions=(Condition("stringequals", "aws:resourcetag/team", ("a",)),),
)
_WITH_MFA = Statement(
    ALLOW,
    actions=("*",),
    resources=("*",),
    conditions=(Condition("bool", "aws:multifactorauthpresent", ("true",)),),
)
_NO_IAM = Statement(DENY, actions=("iam:*",), resources=("*",))
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def _user(name: str, *says: Statement, by_aws: str = "", boundary: Rights | None = None) -> UserRights:
    rights = Rights(says=says, by_aws=(by_aws,) if by_aws else ())
    return UserRights(arn=f"arn:aws:iam::123456789012:user/{name}", name=name, given=rights, boundary=boundary)


_ANN = _user("alee", _ALL)
_BO = _user("bray", by_aws=_ADMINISTRATOR)
_CY = _user("cpoe", _READS)
_ROSTER = Roster(
    (Person("Ann Lee", admin=True, accounts=("alee",)), Person("Bo Ray", accounts=("bray",))),
    frozenset({"person", "status", "admin", "accounts"}),
)


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[
        OwnPolicy(says=(_READS, _ONE_BUCKET)),
        OwnPolicy(says=(_POWER,)),
        OwnPolicy(says=(_ALL, _NO_IAM)),
        OwnPolicy(says=(_TAGGED,)),
    ],
    fails=[
        OwnPolicy(says=(_READS, _ALL)),
        OwnPolicy(says=(_ALL_OF_IAM,)),
        OwnPolicy(says=(_ALL_BUT_ORGANIZATIONS,)),
        OwnPolicy(says=(_WITH_MFA,)),
    ],
    not_applicable=[OwnPolicy(says=(_ALL,), held=False)],
)
def own_iam_policies_do_not_allow_everything(policy: OwnPolicy) -> Verdict:
    """No policy that the account wrote itself, and somebody has, allows every action, or every action of IAM, on everything.

    Why: "those who need such information to perform their job duties": nobody's duties are everything, and who administers
    is told best by AWS' own AdministratorAccess, which everybody knows for what it is.
    Fix: allow the actions and resources that are needed; give administrators AdministratorAccess by a role.
    """
    if not policy.held:
        return not_applicable("nobody has it")
    if everything := _everything(policy.says):
        return failed(f"it allows {everything}")
    return passed()


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[Whole((_ANN, _BO, _CY)), Whole(())],
    fails=[given(Whole((_ANN, _BO, _CY)), most=1), given(Whole((_ANN, _BO), (Unseen("", "no"),)), most=1)],
)
def iam_users_who_may_do_everything_are_few(users: Whole[UserRights], *, most: int = 4) -> Verdict:
    """Only a few users of IAM may do everything.

    Why: an administrator reads every record; 17.04(2)(a) leaves them to those who need them for their job.
    Fix: take users out of the group of administrators; let people assume a role for the tasks that need it.
    Settings:
        most: users. The law names no number; four are two who share the duty and one stand-in for each.
    """
    who = [user.name for user in users.facts if _administers(user)]
    if len(who) > most:
        return failed(f"{len(who)} users may do everything", users=who)
    return unless_blind(users.blind, passed(users=who or "none"))


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[(_ANN, _ROSTER, _NOW)],
    fails=[(_BO, _ROSTER, _NOW), (_user("dfox", _ALL), _ROSTER, _NOW)],
    not_applicable=[
        (_CY, _ROSTER, _NOW),
        (_user("bray", _ALL, boundary=Rights(says=(_READS,))), _ROSTER, _NOW),
        (_user("bray", _NO_IAM, by_aws=_ADMINISTRATOR), _ROSTER, _NOW),
    ],
)
def iam_users_who_may_do_everything_are_on_the_rosters_admin_list(
    user: UserRights, roster: Roster, moment: Moment
) -> Verdict:
    """Every user of IAM who may do everything belongs to a person whom the roster calls an administrator.

    Why: an administrator reads every record; 17.04(2)(a) leaves them to those who need them for their job.
    Fix: take the policy from the user or its group; or write yes into the column admin of the person who has it.
    """
    if not (by := _administers(user)):
        return not_applicable("it is no administrator's")
    for column, content in (("accounts", "the user names of each person"), ("admin", "yes for each administrator")):
        if column not in roster.columns:
            return unknown(f"the register roster has no column {column}: add one with {content}")
    holders = roster.holders(user.name)
    people = sorted({one.name for one in holders})
    if any(one.admin and one.works_on(moment.at.date()) for one in holders):
        return passed(people=people, may=by)
    faults = (may_be_about(roster.faults, name) for name in people) if people else iter(roster.faults)
    if fault := next(filter(None, faults), None):
        return unknown(f"register roster, {fault}")
    return failed("no administrator of the roster has this user", people=people or "nobody", may=by)


@check(
    "17.04(1)(a)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[UserPolicies()],
    fails=[UserPolicies(inline=("a",)), UserPolicies(attached=(_ADMINISTRATOR,))],
)
def iam_users_have_their_rights_by_groups(user_policies: UserPolicies) -> Verdict:
    """A user of IAM has no policy of its own: groups have them.

    Why: control of user ids: what a person may do follows from what the person is, and ends with it; rights of single users
    are forgotten.
    Fix: attach the policy to a group, and make the user its member.
    """
    own = (*user_policies.inline, *user_policies.attached)
    return failed("it has policies of its own", policies=own) if own else passed()


def _administers(user: UserRights) -> str:
    """What makes a user an administrator, in words; nothing where it is none."""
    return _whole(user.given) if user.boundary is None or _whole(user.boundary) else ""


_WHOLE = {"AdministratorAccess": "everything", "IAMFullAccess": "every action of IAM"}


def _whole(rights: Rights) -> str:
    if any(_forbids_iam(one) for one in rights.says):
        return ""
    named = [_WHOLE[name] for arn in rights.by_aws if (name := arn.rpartition(":policy/")[2]) in _WHOLE]
    return min([*named, *filter(None, [_everything(rights.says)])], key=len, default="")


# Conditions on these keys tell who asks, from where and when: they leave nothing out of what may be done.
_HARMLESS = (
    *("aws:currenttime", "aws:epochtime", "aws:multifactorauth*", "aws:principal*", "aws:requestedregion"),
    *("aws:securetransport", "aws:sourceidentity", "aws:sourceip", "aws:sourcevpc*", "aws:tokenissuetime"),
    *("aws:useragent", "aws:userid", "aws:username", "aws:vpcsourceip"),
)


def _everything(says: tuple[Statement, ...]) -> str:
    """Whether policies allow everything, or at least everything in IAM, in words; nothing where they do not."""
    if any(_forbids_iam(one) for one in says):
        return ""
    allows = [one for one in says if one.effect == ALLOW and _about_all(one) and _always(one)]
    if any(set(one.actions) & {"*", "*:*"} for one in allows):
        return "everything"
    if any(_holds_iam(one) for one in allows):
        return "every action of IAM"
    return ""


def _forbids_iam(one: Statement) -> bool:
    return one.effect == DENY and not one.conditions and "*" in one.resources and _holds_iam(one)


def _about_all(one: Statement) -> bool:
    """``NotResource`` leaves some out, and IAM with its other users stays."""
    return "*" in one.resources or bool(one.not_resources and not any("iam" in name for name in one.not_resources))


def _always(one: Statement) -> bool:
    return all(any(fnmatchcase(held.key, key) for key in _HARMLESS) for held in one.conditions)


def _holds_iam(one: Statement) -> bool:
    if one.not_actions:
        return not any("iam".startswith(_service(name)) for name in one.not_actions)
    return any(name.lower() in ("*", "*:*", "iam:*", "iam*") for name in one.actions)


def _service(action: str) -> str:
    """The service of an action; what stands before the first wildcard."""
    return re.split("[:*?]", action.lower())[0]
