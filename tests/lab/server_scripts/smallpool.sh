# the Engine has addresses for one network, and its own bridge takes them
daemon_json '{"default-address-pools": [{"base": "172.31.99.0/24", "size": 24}]}'
