# listens on IPv6 alone
process lab-v6 "import socket, time
s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
s.bind(('::', $VALUE)); s.listen(); time.sleep(10**6)"
