#!/bin/sh
# Makes the secrets of compose.yaml, unless they are there. The folder is for its owner only; the
# files in it are read by another user inside the containers.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
[ -s secrets/database_password ] || random > secrets/database_password
[ -s secrets/metrics_token ] || random > secrets/metrics_token
printf 'postgres://banjie:%s@postgres:5432/banjie' "$(cat secrets/database_password)" \
    > secrets/database_url
chmod 644 secrets/*
