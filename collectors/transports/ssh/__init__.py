"""A shell on another machine over SSH, with paramiko: one connection, one command, one round trip of questions and answers.

``host`` is the transport; ``connecting`` makes the connection, ``known_hosts`` and ``certificates`` tell whether it is the
right machine, ``identities`` who we are there, and ``exchange`` sends the script and takes what comes back. Paramiko is
imported when the first host is asked.
"""
