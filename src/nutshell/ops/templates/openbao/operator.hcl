# For `nutshell rotate kms`, with the operator's certificate: versions of the key. It wraps and unwraps nothing.
path "$mount/keys/$key" {
  capabilities = ["read"]
}

path "$mount/keys/$key/rotate" {
  capabilities = ["update"]
}

path "$mount/keys/$key/config" {
  capabilities        = ["update"]
  allowed_parameters  = {
    "min_decryption_version" = []
    "min_encryption_version" = []
  }
}

path "$mount/keys/$key/trim" {
  capabilities = ["update"]
}
