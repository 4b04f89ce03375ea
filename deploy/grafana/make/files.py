"""Every file that is made here, and what is in it."""

from deploy.grafana.make.asset import asset
from deploy.grafana.make.aws import aws
from deploy.grafana.make.frame import written
from deploy.grafana.make.overview import overview
from deploy.grafana.make.trends import trends

FOLDER = "deploy/grafana/dashboards"


def files() -> dict[str, str]:
    """Path in the repository to text."""
    made = {"overview": overview(), "asset": asset(), "aws": aws(), "trends": trends()}
    return {f"{FOLDER}/wispwatch-{name}.json": written(dashboard) for name, dashboard in made.items()}
