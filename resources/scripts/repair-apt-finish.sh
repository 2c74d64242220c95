# Ends what was interrupted in the middle, by a restart for instance: apt installs nothing before that. No question is
# asked, edited configuration files stay.
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C
dpkg --configure -a --force-confdef --force-confold
