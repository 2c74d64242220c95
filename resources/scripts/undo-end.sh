# The last of an undone installation: our own notes. $1 the installation's folder, $2 whether the notes go (yes or no),
# $3 whether the folder itself was made by us. Nothing is removed while somebody holds the lock.
cd -- "$1" 2>/dev/null || exit 0
rmdir docker 2>/dev/null
if [ "$2" = yes ] && [ ! -e .dify-installer/lock ]; then rm -rf -- .dify-installer || exit 1; fi
cd / && if [ "$3" = yes ]; then rmdir -- "$1" 2>/dev/null; fi
exit 0
