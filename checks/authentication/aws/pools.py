"""17.04(1) at Cognito: users of applications."""

from checks.check import SUPPORTING, check, given
from checks.verdict import LOW, MEDIUM, Verdict, failed, passed, unknown
from collectors.aws.cognito import IdentityPool, UserPool


def _id(pool: UserPool | IdentityPool) -> str:
    return pool.arn.rpartition("/")[2]


@check(
    "17.04(1)(a)",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[UserPool(), given(UserPool(arn="a/eu-west-1_1", open=True), public=("eu-west-1_1",))],
    fails=[UserPool(open=True)],
)
def user_pools_let_nobody_sign_up_alone(pool: UserPool, *, public: tuple[str, ...] = ()) -> Verdict:
    """Accounts of a user pool are made by administrators only.

    Why: control of user IDs begins with who gets one; a pool that is open to sign-up gives one to everybody who asks.
    Fix: switch off self-registration in the sign-up settings of the pool.
    Settings:
        public: ids of pools (`eu-west-1_AbCdEfGhI`) of applications that everybody may sign up for.
    """
    if not pool.open:
        return passed()
    if _id(pool) in public:
        return passed("it is meant for everybody")
    if pool.vetted:
        return unknown("everybody may sign up, unless the pool's pre sign-up function refuses, which cannot be seen")
    return failed("everybody may make an account")


@check(
    "17.04(1)(a)",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[IdentityPool(), given(IdentityPool(arn="a/eu-west-1:1", guests=True), public=("eu-west-1:1",))],
    fails=[IdentityPool(guests=True)],
)
def identity_pools_give_guests_no_credentials(pool: IdentityPool, *, public: tuple[str, ...] = ()) -> Verdict:
    """An identity pool gives credentials of AWS only to users who have signed in.

    Why: a guest has no user ID; whoever finds the pool's id in a web page gets the rights of its guest role.
    Fix: switch off guest access of the identity pool.
    Settings:
        public: ids of pools (`eu-west-1:01234567-...`) whose guests are wanted, and whose guest role reaches no personal
            information.
    """
    if not pool.guests:
        return passed()
    if _id(pool) in public:
        return passed("its guests are wanted")
    return failed("everybody gets credentials of its guest role")


@check(
    "17.04(1)(b)",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[UserPool(), given(UserPool(mfa="OPTIONAL"), optional=True)],
    fails=[UserPool(mfa="OPTIONAL"), UserPool(mfa="OFF"), given(UserPool(mfa="OFF"), optional=True)],
)
def user_pools_ask_for_a_second_factor(pool: UserPool, *, optional: bool = False) -> Verdict:
    """Users of a user pool sign in with a second factor.

    Why: a password that was guessed or given away is then not enough to reach records.
    Fix: set multi-factor authentication of the pool to required, with authenticator apps rather than SMS.
    Settings:
        optional: whether it is enough that each user may choose one.
    """
    match pool.mfa:
        case "ON":
            return passed(mfa=pool.mfa)
        case "OPTIONAL" if optional:
            return passed("each user decides", mfa=pool.mfa)
        case "OPTIONAL":
            return failed("each user decides whether to use a second factor", mfa=pool.mfa)
        case "OFF":
            return failed("there is no second factor", mfa=pool.mfa)
        case _:
            return unknown("this version of the scanner does not know the setting", mfa=pool.mfa)


@check(
    "17.04(1)(b)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[UserPool(shortest_password=12), given(UserPool(shortest_password=8), least=8)],
    fails=[UserPool(shortest_password=8)],
)
def user_pools_ask_for_long_passwords(pool: UserPool, *, least: int = 12) -> Verdict:
    """Users of a user pool cannot choose a password shorter than the minimum.

    Why: length is what makes a password hard to guess; Cognito's default is eight characters.
    Fix: raise the minimum length in the password policy of the pool; it holds for passwords chosen from then on.
    Settings:
        least: characters. The law names no number; 12 lies between the 8 that NIST SP 800-63B asks of every password and
            the 15 that its fourth revision asks of one that is the only factor.
    """
    observed = {"shortest": pool.shortest_password}
    if pool.shortest_password >= least:
        return passed(**observed)
    return failed(f"a password of {pool.shortest_password} characters is accepted", **observed)


@check(
    "17.04(1)(e)",
    severity=MEDIUM,
    passes=[UserPool()],
    fails=[UserPool(threat_protection="OFF"), UserPool(threat_protection="AUDIT")],
)
def user_pools_block_suspicious_sign_ins(pool: UserPool) -> Verdict:
    """Threat protection of a user pool blocks sign-ins that look like an attack.

    Why: Cognito by itself locks an account for seconds after five failures and never for more than about fifteen minutes,
    and takes no notice of one guess at each of many accounts, of stolen passwords or of strange places.
    Fix: set threat protection of the pool to full function (ENFORCED), which takes the Plus plan.
    """
    match pool.threat_protection:
        case "ENFORCED":
            return passed(mode=pool.threat_protection)
        case "AUDIT":
            return failed("threat protection only writes down what it sees", mode=pool.threat_protection)
        case "OFF":
            return failed("threat protection is off", mode=pool.threat_protection)
        case _:
            return unknown("this version of the scanner does not know the setting", mode=pool.threat_protection)
