"""What the daemon itself costs, as every exporter tells it: CPU, memory, file descriptors, since when it runs.

The names are the client libraries' (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics).
"""

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import generate_latest

_REGISTRY = CollectorRegistry()
ProcessCollector(registry=_REGISTRY)


def process_metrics() -> str:
    """The families of this process as they are now, in the text format."""
    return generate_latest(_REGISTRY).decode()
