# debian.sh FILE: installed, looked at, upgraded, removed, purged, as root in a copy of this machine (private.sh).
package=$1
cd /tmp
is() { [ "$2" = "$3" ] || { echo "$1 is $2, not $3" >&2; exit 1; }; }
who() { stat -c '%a %U:%G' "$1"; }
refused() { ! "$@" >/dev/null 2>&1 || { echo "$* is not refused" >&2; exit 1; }; }
calls() { is "what systemd is asked for by $1" "$(cat calls 2>/dev/null | tr '\n' ';')" "$2"; rm -f calls; }
# There is a systemd that does nothing but write down what it is asked for.
mkdir -p /run/systemd/system
for name in systemctl deb-systemd-invoke; do
    rm -f /usr/bin/$name
    printf '#!/bin/sh\necho "%s $*" >>/tmp/calls\n' $name >/usr/bin/$name
    chmod 0755 /usr/bin/$name
done
# Without it the index of manuals is not made anew each time.
rm -f /var/lib/man-db/auto-update
dpkg --purge grantor >/dev/null 2>&1 || true
rm -rf /var/lib/grantor calls
refused getent passwd grantor

dpkg --install "$package"
is 'the user' "$(getent passwd grantor | cut -d: -f6,7)" /var/lib/grantor:/usr/sbin/nologin
is 'the program' "$(who /usr/bin/grantor)" '755 root:root'
is 'the unit' "$(who /usr/lib/systemd/system/grantor.service)" '644 root:root'
is '/etc/grantor' "$(who /etc/grantor)" '750 root:grantor'
is 'the configuration' "$(who /etc/grantor/grantor.toml)" '640 root:grantor'
is 'the variables' "$(who /etc/default/grantor)" '640 root:root'
is 'what is not as it was packed' "$(dpkg --verify grantor)" ''
calls 'the installation' 'systemctl --system daemon-reload;'
runuser -u grantor -- grantor config check --config /etc/grantor/grantor.toml
refused runuser -u grantor -- cat /etc/default/grantor
refused runuser -u nobody -- cat /etc/grantor/grantor.toml

# Data, and what an administrator changes.
install -d -o grantor -g grantor -m 0700 /var/lib/grantor
echo key >/var/lib/grantor/master.key
echo '# mine' >>/etc/grantor/grantor.toml
echo '# mine' >>/etc/default/grantor
chmod 0600 /etc/default/grantor

# A newer one, whose configuration is another.
dpkg-deb --raw-extract "$package" next
sed -i 's/^Version: .*/Version: 99-1/' next/DEBIAN/control
printf '#!/bin/sh\necho next\n' >next/usr/bin/grantor
echo '# theirs' >>next/etc/grantor/grantor.toml
dpkg-deb -Znone --root-owner-group --build next next.deb
dpkg --force-confold --install next.deb
is 'the program' "$(grantor)" next
is 'the configuration' "$(tail -n 1 /etc/grantor/grantor.toml) $(who /etc/grantor/grantor.toml)" '# mine 640 root:grantor'
is 'the new one beside it' "$(tail -n 1 /etc/grantor/grantor.toml.dpkg-dist)" '# theirs'
is 'the variables' "$(tail -n 1 /etc/default/grantor) $(who /etc/default/grantor)" '# mine 600 root:root'
calls 'the upgrade' 'systemctl --system daemon-reload;deb-systemd-invoke try-restart grantor.service;'

dpkg --remove grantor
is 'the configuration' "$(tail -n 1 /etc/grantor/grantor.toml)" '# mine'
calls 'the removal' 'deb-systemd-invoke stop grantor.service;systemctl --system daemon-reload;'
dpkg --purge grantor 2>told
grep -q 'are kept in /var/lib/grantor' told || { echo "purging says $(cat told)" >&2; exit 1; }
is 'what is left of the configuration' "$(ls -d /etc/grantor /etc/default/grantor 2>/dev/null || true)" ''
is 'the data' "$(cat /var/lib/grantor/master.key) $(who /var/lib/grantor)" 'key 700 grantor:grantor'
