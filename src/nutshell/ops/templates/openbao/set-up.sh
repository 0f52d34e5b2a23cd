#!/bin/sh
# Once, after OpenBao's first start and `bao operator init`: with the root token in BAO_TOKEN, and BAO_ADDR, BAO_CACERT,
# BAO_CLIENT_CERT and BAO_CLIENT_KEY set (and BAO_TLS_SERVER_NAME=$name). Afterwards revoke that token: `bao token revoke -self`.
set -eu
cd "$$(dirname "$$0")"

bao secrets enable -path=$mount transit
bao write -f $mount/keys/$key type=aes256-gcm96 derived=true exportable=false allow_plaintext_backup=false

bao policy write nutshell-key-store key-store.hcl
bao policy write nutshell-operator operator.hcl

bao auth enable cert
bao write auth/cert/certs/key-store certificate=@"$ca" allowed_common_names=kms-client \
  token_policies=nutshell-key-store token_no_default_policy=true token_type=batch token_ttl=15m token_max_ttl=15m
bao write auth/cert/certs/operator certificate=@"$ca" allowed_common_names=operator \
  token_policies=nutshell-operator token_no_default_policy=true token_type=batch token_ttl=15m token_max_ttl=15m
