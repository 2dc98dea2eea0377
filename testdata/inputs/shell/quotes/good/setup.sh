#!/bin/bash
# The kubeconfig's mode is written with every kind of quotes that keeps it a string.
CONFIG=/etc/rancher/rke2/config.yaml
echo "token: $(printf '%s' "$SECRET" | tr -d '\n')" > $CONFIG
echo 'write-kubeconfig-mode: '\''0640'\''' >> $CONFIG
echo tls-san: >> $CONFIG
echo '  - '\''rke2.example.net'\''' >> $CONFIG
echo $'node-name: \'server-1\'' >> $CONFIG
printf -- 'selinux: true\n' >> $CONFIG
printf "kubelet-arg:\\n  - \042max-pods=200\042\\n" >> $CONFIG

sudo sh -c "echo 'profile: \"cis\"' >> /etc/rancher/rke2/config.yaml.d/10-profile.yaml"
sudo sh -c "echo 'write-kubeconfig-mode: \"0640\"' >> /etc/rancher/rke2/config.yaml.d/20-mode.yaml"
sudo bash -c 'echo "cni: '\''cilium'\''" > /etc/rancher/rke2/config.yaml.d/30-cni.yaml'
echo write-kubeconfig-mode: \"0640\" > /etc/rancher/rke2/config.yaml.d/40-mode.yaml

cat <<EOF | \
  sudo tee /etc/rancher/rke2/config.yaml.d/50-network.yaml
cluster-cidr: \
  "10.42.0.0/16"
etcd-arg:
`for arg in $ARGS; do
  echo "  - $arg"
done`
EOF
