# Own words, in the form of Consul's documentation.
addresses { http = "0.0.0.0" }
