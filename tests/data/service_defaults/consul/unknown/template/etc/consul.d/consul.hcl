# Own words, in the form of Consul's documentation.
client_addr = "{{ GetPrivateIP }}"
