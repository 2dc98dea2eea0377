class Config
  def server(node)
    <<~YAML
      node-name: #{node[:name]}
      server: https://#{lb}:9345
      token: #{token}
      tls-sans:
        - "#{lb}"
      write-kubeconfig-mode: "0600"
    YAML
  end
end
