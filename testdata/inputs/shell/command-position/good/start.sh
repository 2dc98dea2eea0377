#!/bin/bash
usage() {
  cat <<EOF
Usage:
  rke2 server --server https://<first>:9345 --cni nothing
  rke2 agent --server nothing
EOF
}
help="
rke2 server --cni nothing
"
warn "start it with: rke2 server --cni nothing"
>&2 echo "rke2 server --cni nothing"
[ -z "$X" ] && die 'rke2 server --cni nothing'
read -rp "rke2 server --cni nothing" answer
if ! grep -q 'rke2 server --cni nothing' /var/log/x; then usage; fi
pgrep -f 'rke2 agent --server nothing' # rke2 server --cni nothing, it's here
if [ -n "$FIRST" ]; then
  sudo -E NAME=x timeout 60 rke2 server --cni flannel # --cni nothing
else
  ssh "$HOST" "sudo rke2 server --cni flannel --debug"
fi
