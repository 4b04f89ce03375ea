"""Metrics that are pushed, for machines that nobody can scrape: laptops asleep, behind other people's routers.

``settings`` says where to and as whom; ``samples`` reads the page of metrics, ``messages`` and ``snappy`` write it as a request of
Prometheus' remote write 1.0 (https://prometheus.io/docs/specs/prw/remote_write_spec/); ``queue`` keeps what is not acknowledged;
``endpoint`` sends one request; ``sender`` decides what is sent next and what an answer means; ``pusher`` is the daemon's thread.
"""
