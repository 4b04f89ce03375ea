"""17.04(1)(c): secrets where everybody who may look at a resource can read them."""

from checks.check import check, given
from checks.verdict import CRITICAL, HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.aws.codebuild import BuildProject
from collectors.aws.ec2_user_data import ConfigurationUserData, TemplateUserData, UserData
from collectors.aws.lambda_functions import LambdaVariables
from collectors.aws.secret_names import BY_NAME, MAYBE
from collectors.aws.secret_values import Held, MayHoldSecrets
from collectors.aws.ssm_texts import Document, PlainParameter
from collectors.aws.stacks import Stack
from collectors.aws.task_definitions import TaskDefinition

_LINE = (Held("line 7", "mysql-password-argument"),)
_VARIABLE = (Held("DB_PASSWORD", BY_NAME),)
_MAYBE = (Held("DB_SECRET", MAYBE),)


def _judged(looked: MayHoldSecrets, accepted: tuple[str, ...], nothing: str) -> Verdict:
    held = [one for one in looked.holds if not {one.place, one.kind} & set(accepted)]
    told = {"holds": held} if held else {}
    if any(one.kind != MAYBE for one in held):
        return failed("there is a secret in it", **told)
    if looked.unseen:
        return unknown(f"not all of it was looked at: {looked.unseen}", **told)
    if held:
        return unknown("a value may be a secret, or the name of one that is kept elsewhere", **told)
    if looked.holds:
        return passed("what it holds is accepted", holds=looked.holds)
    return passed(looked_at=looked.seen) if looked.seen else not_applicable(nothing)


@check(
    "17.04(1)(c)",
    severity=CRITICAL,
    passes=[UserData(seen=12), given(UserData(holds=_LINE, seen=12), accepted=("mysql-password-argument",))],
    fails=[UserData(holds=_LINE, seen=12), UserData(holds=_LINE, unseen="it has more")],
    not_applicable=[UserData()],
)
def ec2_user_data_holds_no_secret(user_data: UserData, *, accepted: tuple[str, ...] = ()) -> Verdict:
    """No password, token or key stands in the user data of the instance.

    Why: every program on the instance reads it from the metadata service, and so does whoever may describe the instance; it is
    kept for as long as the instance is there. Known forms of secrets are looked for; one of no known form is not found.
    Fix: change the secret, keep it in Secrets Manager or as a SecureString, and have the instance fetch it with its role; then
    stop the instance and replace its user data.
    Settings:
        accepted: places or kinds of secrets that are accepted, as a finding tells them; none, since a kind that is wrong about
            one is right about others: rather waive the resource.
    """
    return _judged(user_data, accepted, "it has no user data")


@check(
    "17.04(1)(c)",
    severity=CRITICAL,
    passes=[
        TemplateUserData(seen=12),
        given(TemplateUserData(holds=_LINE, seen=12), accepted=("mysql-password-argument",)),
    ],
    fails=[TemplateUserData(holds=_LINE, seen=12)],
    not_applicable=[TemplateUserData()],
)
def ec2_launch_templates_hold_no_secret(template: TemplateUserData, *, accepted: tuple[str, ...] = ()) -> Verdict:
    """No password, token or key stands in the user data of the launch template, in any of its versions.

    Why: it reaches every instance that the template starts, and all who may describe templates. Known forms of secrets are
    looked for; one of no known form is not found.
    Fix: change the secret, keep it in Secrets Manager or as a SecureString, and have instances fetch it with their role; make a
    version without it the default, and delete those that hold it.
    Settings:
        accepted: places or kinds of secrets that are accepted, as a finding tells them; none, as for instances.
    """
    return _judged(template, accepted, "it has no user data")


@check(
    "17.04(1)(c)",
    severity=CRITICAL,
    passes=[
        ConfigurationUserData(seen=12),
        given(ConfigurationUserData(holds=_LINE, seen=12), accepted=("mysql-password-argument",)),
    ],
    fails=[ConfigurationUserData(holds=_LINE, seen=12)],
    not_applicable=[ConfigurationUserData()],
)
def autoscaling_launch_configurations_hold_no_secret(
    configuration: ConfigurationUserData, *, accepted: tuple[str, ...] = ()
) -> Verdict:
    """No password, token or key stands in the user data of the launch configuration.

    Why: it reaches every instance of the group, and all who may describe configurations. Known forms of secrets are looked for;
    one of no known form is not found.
    Fix: change the secret, and replace the configuration by a launch template without it whose instances fetch it with their
    role.
    Settings:
        accepted: places or kinds of secrets that are accepted, as a finding tells them; none, as for instances.
    """
    return _judged(configuration, accepted, "it has no user data")


@check(
    "17.04(1)(c)",
    severity=CRITICAL,
    passes=[
        LambdaVariables(seen=4),
        given(LambdaVariables(holds=_VARIABLE, seen=4), accepted=("DB_PASSWORD",)),
        given(LambdaVariables(holds=_MAYBE, seen=4), accepted=("DB_SECRET",)),
    ],
    fails=[LambdaVariables(holds=_VARIABLE, seen=4), LambdaVariables(holds=(*_VARIABLE, *_MAYBE), seen=4)],
    not_applicable=[LambdaVariables()],
)
def lambda_variables_hold_no_secret(variables: LambdaVariables, *, accepted: tuple[str, ...] = ()) -> Verdict:
    """No password, token or key stands in an environment variable of the function.

    Why: all who may list functions are shown the variables, in the console too; a right to look around thus becomes one to the
    database. Encryption of the variables at rest does not change that. Known forms of secrets are looked for, and values of
    variables whose names say that they are secret; what a client has encrypted with KMS is none, and plain words in a variable
    like DB_SECRET are `unknown`: they may be the name of one. Published versions are not looked at.
    Fix: change the secret, keep it in Secrets Manager or as a SecureString, and give the function its name and the right to read
    it; there is an extension that caches it.
    Settings:
        accepted: places or kinds of secrets that are accepted, as a finding tells them; none, as for instances.
    """
    return _judged(variables, accepted, "it has no variables")


@check(
    "17.04(1)(c)",
    severity=CRITICAL,
    passes=[TaskDefinition(seen=4), given(TaskDefinition(holds=_VARIABLE, seen=4), accepted=("DB_PASSWORD",))],
    fails=[TaskDefinition(holds=_VARIABLE, seen=4)],
    not_applicable=[TaskDefinition()],
)
def ecs_task_definitions_hold_no_secret(definition: TaskDefinition, *, accepted: tuple[str, ...] = ()) -> Verdict:
    """No password, token or key is written into the revision of the task definition.

    Why: all who may describe task definitions can read variables, arguments, labels and options of the log driver. Known forms of
    secrets are looked for, and values whose names say that they are secret. All active revisions are looked at, since what the
    latest has put right stands in the one before it.
    Fix: change the secret, keep it in Secrets Manager or as a SecureString, name it under `secrets` (or `secretOptions`) of the
    container, then deregister and delete the revisions that hold it.
    Settings:
        accepted: places or kinds of secrets that are accepted, as a finding tells them; none, as for instances.
    """
    return _judged(definition, accepted, "its containers have neither variables nor arguments")


@check(
    "17.04(1)(c)",
    severity=CRITICAL,
    passes=[BuildProject(seen=4), given(BuildProject(holds=_VARIABLE, seen=4), accepted=("DB_PASSWORD",))],
    fails=[BuildProject(holds=_VARIABLE, seen=4)],
    not_applicable=[BuildProject()],
)
def codebuild_projects_hold_no_secret(project: BuildProject, *, accepted: tuple[str, ...] = ()) -> Verdict:
    """No password, token or key stands in a plain variable, or in the build specification, of the project.

    Why: all who may look at a project or its builds can read its variables, and a build can print them into its log. Known forms
    of secrets are looked for, and values of variables whose names say that they are secret.
    Fix: change the secret, and give the variable the type SECRETS_MANAGER or PARAMETER_STORE with the secret's name as value.
    Settings:
        accepted: places or kinds of secrets that are accepted, as a finding tells them; none, as for instances.
    """
    return _judged(project, accepted, "it has neither plain variables nor a build specification of its own")


@check(
    "17.04(1)(c)",
    severity=HIGH,
    passes=[Stack(seen=4), given(Stack(holds=_VARIABLE, seen=4), accepted=("DB_PASSWORD",))],
    fails=[Stack(holds=(Held("output DbPassword", BY_NAME),), seen=4)],
    not_applicable=[Stack()],
)
def cloudformation_stacks_show_no_secret(stack: Stack, *, accepted: tuple[str, ...] = ()) -> Verdict:
    """No password, token or key stands in an output or a parameter that the stack shows.

    Why: all who may describe stacks can read them. A parameter that is declared with `NoEcho` is shown as asterisks; an output
    never is. Known forms of secrets are looked for, and values whose names say that they are secret.
    Fix: change the secret; take the output away, declare the parameter with `NoEcho: true`, or better refer to Secrets Manager
    (`{{resolve:secretsmanager:...}}`) and pass no secret.
    Settings:
        accepted: places or kinds of secrets that are accepted, as a finding tells them; none, as for instances.
    """
    return _judged(stack, accepted, "it has neither outputs nor parameters")


@check(
    "17.04(1)(c)",
    severity=HIGH,
    passes=[PlainParameter(seen=1), given(PlainParameter(holds=_VARIABLE, seen=1), accepted=(BY_NAME,))],
    fails=[PlainParameter(holds=_VARIABLE, seen=1)],
)
def ssm_plain_parameters_hold_no_secret(parameter: PlainParameter, *, accepted: tuple[str, ...] = ()) -> Verdict:
    """No password, token or key is kept in a parameter of the type String or StringList.

    Why: no key keeps it from people who may read parameters, its history keeps it when it is changed, and stacks that use it show
    it. Known forms of secrets are looked for, and values whose names say that they are secret.
    Fix: change the secret, delete the parameter with its history, and create it as a SecureString, or use Secrets Manager.
    Settings:
        accepted: places or kinds of secrets that are accepted, as a finding tells them; none, as for instances.
    """
    return _judged(parameter, accepted, "it is empty")


@check(
    "17.04(1)(c)",
    severity=HIGH,
    passes=[Document(seen=40), given(Document(holds=_LINE, seen=40), accepted=("line 7",))],
    fails=[Document(holds=_LINE, seen=40)],
    not_applicable=[Document()],
)
def ssm_documents_hold_no_secret(document: Document, *, accepted: tuple[str, ...] = ()) -> Verdict:
    """No password, token or key stands in the default version of a document of Systems Manager that is the account's own.

    Why: all who may read documents can read it, and a document can be shared with other accounts. Known forms of secrets are
    looked for, and values whose names say that they are secret; a reference such as `{{ssm:name}}` is none.
    Fix: change the secret, refer to a SecureString or to Secrets Manager, and delete the versions that hold it.
    Settings:
        accepted: places or kinds of secrets that are accepted, as a finding tells them; none, as for instances.
    """
    return _judged(document, accepted, "it is empty")
