"""Servers of the Transfer Family. https://docs.aws.amazon.com/transfer/latest/APIReference/API_DescribedServer.html"""

from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items, Of
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

SERVERS = Api("transfer", "ListServers", "Servers{Arn ServerId}")
SERVER = Api(
    "transfer",
    "DescribeServer",
    "Server{Protocols State}",
    {"ServerId": Of("ServerId")},
    absent=("ResourceNotFoundException",),
)


@dataclass(frozen=True, kw_only=True)
class TransferServer(Resource):
    """What a file server speaks."""

    protocols: tuple[str, ...] = ("SFTP",)
    """SFTP, FTPS, FTP, AS2."""
    offline: bool = False


@aws_collector(SERVER, each=Items(SERVERS, "Servers", "{Arn}"))
def transfer_server(server: Item, described: Answer) -> TransferServer:
    """The listing does not tell the protocols."""
    held = described["Server"]
    return TransferServer(
        arn=server.arn,
        region=server.region,
        protocols=tuple(held["Protocols"]),
        offline=held["State"] == "OFFLINE",
    )
