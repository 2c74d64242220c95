# somebody else's network, e.g. 172.16.0.0/12
ip route add "$VALUE" dev eth0
