# Own words, in the form of Nomad's packaged nomad.hcl.
bind_addr = "127.0.0.1"
