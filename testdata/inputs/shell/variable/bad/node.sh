#!/bin/sh
DIR=/etc/rancher/rke2
cat > "$DIR/config.yaml" <<END
token: $TOKEN
tls-sans: [api.example.org]
END
