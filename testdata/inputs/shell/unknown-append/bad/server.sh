#!/bin/bash
CONFIG=/etc/rancher/rke2/config.yaml
(echo "token: $TOKEN") > "$CONFIG"
cat /etc/names >> "$CONFIG"
(echo "cni: canall") | sudo tee -a "$CONFIG"
