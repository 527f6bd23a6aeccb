# image.sh LAYOUT REFERENCE PLACE: the image, unpacked by umoci and run by crun, with a root that is read only and without any capability, until
# its own health check says that it is ready. In a namespace of mounts of its own: crun wants cgroups of version 2.
set -eu
layout=$1
reference=$2
place=$3
cd "$place"
mount -t cgroup2 cgroup2 /sys/fs/cgroup || { echo "no cgroups of version 2 can be mounted here" >&2; exit 99; }
umoci --log=error unpack --image "$layout:$reference" bundle
jq '.root.readonly = true | .process.terminal = false | .process.capabilities = {} | .process.rlimits = []
    | .process.env += ["GRANTOR_SHUTDOWN_DELAY=0"]
    | .mounts |= map(select(.type != "cgroup")) | .linux.resources = {}' bundle/config.json >config.json
mv config.json bundle/config.json
name=grantor-$$
oci() { crun --root "$place/state" --cgroup-manager=cgroupfs "$@"; }
# What cannot even tell its version is no fault of the image, which runs in a folder (`OCI image, run as nobody`).
mkdir first && ln -s ../bundle/rootfs first/rootfs
jq '.process.args = ["/usr/bin/grantor", "version"]' bundle/config.json >first/config.json
if ! oci run --bundle first $name-first >told 2>&1; then
    echo "crun can start nothing here: $(tail -n 1 told)" >&2
    exit 99
fi
oci run --bundle bundle $name >log 2>&1 &
running=$!
trap 'oci delete --force $name 2>/dev/null || true' EXIT
tries=0
until oci exec $name /usr/bin/grantor healthcheck >told 2>&1; do
    tries=$((tries + 1))
    if [ $tries -gt 300 ] || ! kill -0 $running; then
        cat log told >&2
        exit 1
    fi
    sleep 0.1
done
process=$(oci state $name | jq .pid)
is() { [ "$2" = "$3" ] || { echo "$1 is $2, not $3" >&2; exit 1; }; }
of() { awk -v name="$1:" '$1 == name { print $2, $3, $4, $5 }' "/proc/$process/status" | xargs; }
is 'the user' "$(of Uid) $(of Gid)" '65532 65532 65532 65532 65532 65532 65532 65532'
for set in CapInh CapPrm CapEff CapBnd CapAmb; do is $set "$(of $set)" 0000000000000000; done
is 'no new privileges' "$(of NoNewPrivs)" 1
is 'what may be written to' "$(awk '$6 ~ /^rw/ && $5 !~ /^\/(proc|dev)(\/|$)/ { print $5 }' "/proc/$process/mountinfo" | xargs)" /var/lib/grantor
is 'the root' "$(awk '$5 == "/" { print substr($6, 1, 2) }' "/proc/$process/mountinfo")" ro
oci kill $name TERM
wait $running
