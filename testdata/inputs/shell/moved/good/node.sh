#!/bin/sh
cat > /tmp/config.yaml <<END
token: $TOKEN
tls-san: [api.example.org]
END
sudo install -m 600 /tmp/config.yaml /etc/rancher/rke2/config.yaml
cat > /tmp/other.yaml <<END
tls-sans: [api.example.org]
END
