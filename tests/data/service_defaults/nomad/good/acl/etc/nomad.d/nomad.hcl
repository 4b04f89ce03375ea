# Own words, in the form of Nomad's packaged nomad.hcl.
data_dir = "/opt/nomad/data"
bind_addr = "0.0.0.0"
acl { enabled = true }
server {
  enabled = true // one
}
