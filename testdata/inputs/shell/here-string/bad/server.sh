#!/bin/bash
cat > /etc/rancher/rke2/config.yaml <<< "token: ${RKE2_TOKEN}
cni: calicoo"
sudo tee -a /etc/rancher/rke2/config.yaml <<<'kube-proxy: true' > /dev/null
