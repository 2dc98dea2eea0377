template '/etc/rancher/rke2/config.yaml' do
  source 'config.erb'
  mode '0600'
  variables(token: node['rke2']['token'])
end
