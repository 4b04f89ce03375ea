"""What runs wispwatch: command line, configuration, gathering, evaluation, reports and the daemon."""

__version__ = "0.1.0"
