"""Services of AWS that watch an account, and how long logs are kept."""

from checks.check import SUPPORTING, check, given
from checks.verdict import LOW, MEDIUM, Verdict, failed, passed
from collectors.aws.config import ConfigRecorder
from collectors.aws.contacts import SecurityContact
from collectors.aws.log_groups import LogGroup
from collectors.aws.securityhub import SecurityHub


@check("17.04(4)", severity=MEDIUM, basis=SUPPORTING, passes=[SecurityHub()], fails=[SecurityHub(on=False)])
def security_hub_is_on(hub: SecurityHub) -> Verdict:
    """Security Hub gathers findings of the region in one place.

    Why: what several services find is acted on when it stands in one list.
    Fix: switch on Security Hub in every region, best from the organization's delegated administrator.
    """
    return passed() if hub.on else failed("Security Hub is off in the region")


@check(
    "17.04(4)",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[
        ConfigRecorder(),
        given(ConfigRecorder(left_out=("AWS::EC2::Volume",)), may_be_left_out=("AWS::EC2::Volume",)),
    ],
    fails=[
        ConfigRecorder(exists=False, recording=False),
        ConfigRecorder(recording=False),
        ConfigRecorder(failing=True),
        ConfigRecorder(some_types=True),
        ConfigRecorder(left_out=("AWS::S3::Bucket",)),
    ],
)
def aws_config_records_all_resources(recorder: ConfigRecorder, *, may_be_left_out: tuple[str, ...] = ()) -> Verdict:
    """AWS Config writes down how every resource of the region was configured, and when that changed.

    Why: it tells since when records stood open, and who may have reached them.
    Fix: have the configuration recorder of every region record all types of resources, and see that it is started and may
    write to its bucket.
    Settings:
        may_be_left_out: types of resources that need not be recorded where all others are, e.g. `AWS::EC2::NetworkInterface`.
    """
    if not recorder.exists:
        return failed("the region has no configuration recorder")
    if not recorder.recording:
        return failed("the configuration recorder is stopped")
    if recorder.failing:
        return failed("the configuration recorder could not write down what it recorded last")
    if recorder.some_types:
        return failed("only chosen types of resources are recorded")
    left_out = [kind for kind in recorder.left_out if kind not in may_be_left_out]
    return failed("some types of resources are not recorded", left_out=left_out) if left_out else passed()


@check(
    "17.04(4)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[
        LogGroup(),
        LogGroup(days=365),
        given(LogGroup(days=90), days=90),
        given(LogGroup(name="/tmp/build", days=1), may_be_short=("/tmp/",)),  # noqa: S108 - a name
    ],
    fails=[LogGroup(days=30)],
)
def log_groups_keep_logs_long_enough(
    log_group: LogGroup, *, days: int = 365, may_be_short: tuple[str, ...] = ()
) -> Verdict:
    """A log group of CloudWatch keeps what was written long enough to look into it.

    Why: misuse is often found months later; then the log must still be there. One that never forgets is long enough.
    Fix: set the retention of the log group to at least as many days, or export it to a bucket and waive this.
    Settings:
        days: how many days it must keep; 365, as AWS' own best practices ask.
        may_be_short: how names of log groups begin that may forget earlier, since they tell nothing of the use of records.
    """
    if log_group.days is None:
        return passed("it never forgets")
    if log_group.days >= days:
        return passed(days=log_group.days)
    if may_be_short and log_group.name.startswith(may_be_short):
        return passed("it may forget early", days=log_group.days)
    return failed(f"it forgets after less than {days} days", days=log_group.days)


@check("17.04(4)", severity=LOW, basis=SUPPORTING, passes=[SecurityContact()], fails=[SecurityContact(named=False)])
def aws_knows_a_security_contact(contact: SecurityContact) -> Verdict:
    """AWS knows whom to tell when it sees misuse of the account.

    Why: AWS notices leaked keys and abuse, and otherwise writes to the address of root, which few people read.
    Fix: name a security contact under alternate contacts of the account, best a mailbox that several people read.
    """
    return passed() if contact.named else failed("the account names no alternate contact for security")
