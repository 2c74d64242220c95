# locked as apt and dpkg do it (fcntl; flock(1) would hinder nobody), for some seconds
process unattended-upgr "import fcntl, time
f = open('/var/lib/dpkg/lock-frontend', 'w')
fcntl.lockf(f, fcntl.LOCK_EX); time.sleep($VALUE)"
