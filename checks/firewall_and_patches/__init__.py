"""17.04(6): reasonably up-to-date firewall protection and operating system security patches."""
