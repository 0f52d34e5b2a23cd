# OpenBao for Nutshell's key store: one transit key, TLS 1.3 with certificates on both ends, everything audited.
# Whoever has the unseal key and the storage has the transit key: keep them apart.

storage "raft" {
  path    = "$folder/data"
  node_id = "kms-1"
}

listener "tcp" {
  address                            = "$listen"
  cluster_address                    = "$cluster"
  tls_cert_file                      = "$folder/tls/kms.crt"
  tls_key_file                       = "$folder/tls/kms.key"
  tls_client_ca_file                 = "$folder/tls/ca.crt"
  tls_require_and_verify_client_cert = true
  tls_min_version                    = "tls13"
}

seal "static" {
  current_key_id = "1"
  current_key    = "file://$unseal"
}

# One line for each request and each answer, with values only as keyed hashes. No entry, no answer.
audit "file" "to-file" {
  options {
    file_path = "$folder/audit/audit.log"
    mode      = "0600"
  }
}

api_addr     = "https://$name:$port"
cluster_addr = "https://$cluster"
ui           = false
log_level    = "warn"
