# Own words, in the form of Consul's documentation.
datacenter = "dc1"
client_addr = "0.0.0.0"
/* encrypt = "x" */
acl = {
  enabled = true
  default_policy = "deny"
  tokens { agent = "b1gs33cr3t" }
}
