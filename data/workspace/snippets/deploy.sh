#!/bin/sh
# Puts a release of the harbour platform on the servers.
# The second server is updated only when the first one has answered for five minutes.
set -eu
version=$1
for server in harbour-1 harbour-2; do
    ssh "$server" platform install "$version"
    ssh "$server" platform wait-healthy --minutes 5
done
