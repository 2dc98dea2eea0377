token: %%TOKEN%%
server: https://%%SERVER%%:9345
tls-san:
  - %%NAME%%
