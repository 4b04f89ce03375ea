# Own words, in the form of Consul's documentation.
server = true
bind_addr = "10.0.0.1"
