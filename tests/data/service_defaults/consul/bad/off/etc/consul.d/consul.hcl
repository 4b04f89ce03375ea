# Own words, in the form of Consul's documentation.
client_addr = "0.0.0.0"
ui_config { enabled = true }
