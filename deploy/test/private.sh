# private.sh SCRIPT FILE …: runs a script as root on this very machine, in a copy of it that is gone afterwards: whatever is written goes
# to memory, nothing else is seen of what runs, there is no network, and no systemd. `cargo xtask packages` calls it with `unshare`.
set -eu
script=$1
shift
not_here() { echo "nothing can be laid over this machine: no $1 can be mounted" >&2; exit 99; }
mount -t tmpfs -o mode=0755 tmpfs /mnt || not_here tmpfs
cd /mnt
mkdir upper work copy
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay copy || not_here overlay
mount -t proc proc copy/proc
mount -t tmpfs -o mode=0755 tmpfs copy/run
mount -t tmpfs tmpfs copy/tmp
# What lies elsewhere than on the root's own file system is not in the copy.
cp -- "$script" copy/tmp/script
for file; do
    cp -R -- "$file" "copy/tmp/${file##*/}"
    shift
    set -- "$@" "/tmp/${file##*/}"
done
exec chroot copy env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -eu /tmp/script "$@"
