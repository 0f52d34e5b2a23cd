# The key store's policy, and all of it: wrap and unwrap with one key.
path "$mount/encrypt/$key" {
  capabilities = ["update"]
}

path "$mount/decrypt/$key" {
  capabilities = ["update"]
}
