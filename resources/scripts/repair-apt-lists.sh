# Renews the lists of packages. A source of somebody else that does not answer is no reason to end.
export LC_ALL=C
apt-get update -q || echo "Some package lists could not be renewed."
