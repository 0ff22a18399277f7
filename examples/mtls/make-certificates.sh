#!/bin/sh
# Makes certificates to try things out with, good for thirty days: an authority, one that it signs for servers on this
# machine, and one for the service.
#
#     sh make-certificates.sh FOLDER
set -eu
mkdir -p "$1"
cd "$1"

key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
openssl req -x509 $key -days 30 -subj '/CN=authority to try out' -keyout ca-key.pem -out ca.pem

issue() {
  openssl req $key -subj "/CN=$2" -keyout "$1-key.pem" -out "$1.csr"
  echo "subjectAltName = DNS:$2" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.pem"
  rm "$1.csr" "$1.ext"
}
issue server localhost
issue service reporter
