#!/bin/bash
tee /usr/local/bin/registries > /dev/null << SCRIPT
#!/bin/bash
PASSWORD=\$(aws --region "$REGION" ecr get-login-password)
tee /etc/rancher/rke2/registries.yaml << FILE > /dev/null
mirrors:
  "$ACCOUNT.dkr.ecr.$REGION.amazonaws.com":
    endpoint:
      - "https://$ACCOUNT.dkr.ecr.$REGION.amazonaws.com"
configs:
  "$ACCOUNT.dkr.ecr.$REGION.amazonaws.com":
    auth:
      username: AWS
      password: \$PASSWORD
FILE
systemctl restart rke2-server
SCRIPT
chmod 700 /usr/local/bin/registries
