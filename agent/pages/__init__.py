"""What is published, rendered: the metrics of many assets, and the page for people."""
