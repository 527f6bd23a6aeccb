# rpm.sh FILE SPEC: installed, looked at, upgraded, removed, as root in a copy of this machine (private.sh).
package=$1
spec=$2
cd /tmp
is() { [ "$2" = "$3" ] || { echo "$1 is $2, not $3" >&2; exit 1; }; }
who() { stat -c '%a %U:%G' "$1"; }
refused() { ! "$@" >/dev/null 2>&1 || { echo "$* is not refused" >&2; exit 1; }; }
calls() { is "what systemd is asked for by $1" "$(cat calls 2>/dev/null | tr '\n' ';')" "$2"; rm -f calls; }
# There is a systemd that does nothing but write down what it is asked for. RPM's scripts look for it where it is.
mkdir -p /run/systemd/system
rm -f /usr/bin/systemctl
printf '#!/bin/sh\necho "systemctl $*" >>/tmp/calls\n' >/usr/bin/systemctl
chmod 0755 /usr/bin/systemctl
# A package of Debian may be here; nothing that it needs is known to RPM on such a machine, and Debian's RPM wants to be told that this is meant.
[ ! -x /usr/bin/dpkg ] || dpkg --purge grantor >/dev/null 2>&1 || true
rm -rf /var/lib/grantor calls
rpm="rpm --dbpath /tmp/known --nodeps"
! rpm --help | grep -q force-debian || rpm="$rpm --force-debian"
refused getent passwd grantor

$rpm --install "$package"
is 'the user' "$(getent passwd grantor | cut -d: -f6,7)" /var/lib/grantor:/usr/sbin/nologin
is 'the program' "$(who /usr/bin/grantor)" '755 root:root'
is 'the unit' "$(who /usr/lib/systemd/system/grantor.service)" '644 root:root'
is '/etc/grantor' "$(who /etc/grantor)" '750 root:grantor'
is 'the configuration' "$(who /etc/grantor/grantor.toml)" '640 root:grantor'
is 'the variables' "$(who /etc/default/grantor)" '640 root:root'
is 'what is not as it was packed' "$($rpm --verify grantor)" ''
calls 'the installation' 'systemctl daemon-reload;'
# Where there was nobody, the file of sysusers makes the same user as the script does.
mkdir -p none/etc
systemd-sysusers --root=/tmp/none - </usr/lib/sysusers.d/grantor.conf 2>/dev/null
is 'the user of sysusers' "$(grep ^grantor: none/etc/passwd | cut -d: -f6,7)" "$(getent passwd grantor | cut -d: -f6,7)"
runuser -u grantor -- grantor config check --config /etc/grantor/grantor.toml
refused runuser -u grantor -- cat /etc/default/grantor
refused runuser -u nobody -- cat /etc/grantor/grantor.toml

# Data, and what an administrator changes.
install -d -o grantor -g grantor -m 0700 /var/lib/grantor
echo key >/var/lib/grantor/master.key
echo '# mine' >>/etc/grantor/grantor.toml
echo '# mine' >>/etc/default/grantor

# A newer one, whose configuration is another.
mkdir tree
(cd tree && rpm2cpio "$package" | cpio --quiet --extract --make-directories --no-absolute-filenames)
printf '#!/bin/sh\necho next\n' >tree/usr/bin/grantor
echo '# theirs' >>tree/etc/grantor/grantor.toml
sed 's/@VERSION@/99/' "$spec" >next.spec
rpmbuild -bb --quiet --define '_topdir /tmp/built' --define 'tree /tmp/tree' next.spec
$rpm --upgrade built/RPMS/*/grantor-99-1.*.rpm
is 'the program' "$(grantor)" next
is 'the configuration' "$(tail -n 1 /etc/grantor/grantor.toml) $(who /etc/grantor/grantor.toml)" '# mine 640 root:grantor'
is 'the new one beside it' "$(tail -n 1 /etc/grantor/grantor.toml.rpmnew)" '# theirs'
is 'the variables' "$(tail -n 1 /etc/default/grantor) $(who /etc/default/grantor)" '# mine 640 root:root'
calls 'the upgrade' 'systemctl daemon-reload;systemctl daemon-reload;systemctl try-restart grantor.service;'

$rpm --erase grantor
calls 'the removal' 'systemctl stop grantor.service;systemctl daemon-reload;'
is 'the configuration' "$(tail -n 1 /etc/grantor/grantor.toml.rpmsave)" '# mine'
is 'the data' "$(cat /var/lib/grantor/master.key) $(who /var/lib/grantor)" 'key 700 grantor:grantor'
refused test -e /usr/bin/grantor
