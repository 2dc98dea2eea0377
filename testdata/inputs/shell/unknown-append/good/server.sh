#!/bin/bash
CONFIG=/etc/rancher/rke2/config.yaml
(echo "token: $TOKEN") > "$CONFIG"
echo "tls-san:" >> "$CONFIG"
(echo "  - rke2.example.net") >> "$CONFIG"
(cat /etc/names; echo "  - $VIP") >> "$CONFIG"
echo "  - 192.0.2.10" >> "$CONFIG"
echo "kubelet-arg:" >> "$CONFIG"
for arg in "$@"; do printf -- "- %s\n" "$arg"; done | sudo tee -a "$CONFIG" > /dev/null
echo "node-label:" | sudo tee -a "$CONFIG"
python3 labels.py >> "$CONFIG"
