{ config, ... }:
{
  services.rke2 = {
    enable = true;
    role = "server";
    cni = "nothing";
  };
}
