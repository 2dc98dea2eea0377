class Agents
  def deploy(nodes)
    failed = []
    nodes.each do |node|
      failed << node[:name] unless run(node, script(node))
    end
    failed
  end

  def script(node)
    <<~SCRIPT
      #!/bin/bash
      mkdir -p /etc/rancher/rke2
      cat > /etc/rancher/rke2/config.yaml << 'EOF'
      server: https://#{node[:server]}:9345
      token: #{node[:token]}
      kubelet-args:
        - max-pods=200
      EOF
      curl -sfL https://get.rke2.io | INSTALL_RKE2_TYPE=agent sh -
      systemctl enable --now rke2-agent
    SCRIPT
  end
end
