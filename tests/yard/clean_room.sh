#!/usr/bin/env bash
# Proves the README: a bare Debian 12 in a folder (debootstrap), a clean clone of this commit, `make run` twice, `make
# test`. As root, with some 6 GB of disk; about half an hour. The machine's certificates and settings of apt and pip are
# lent to the room, so that it works behind a mirror.
#
#   tests/yard/clean_room.sh FOLDER [run|test]
set -eu
room=$1/root
what=${2:-all}
repository=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)

[ -x "$room/usr/bin/make" ] ||
    debootstrap --variant=minbase --include=ca-certificates,make,git,python3,python3-venv bookworm "$room"
for lent in /etc/ssl/certs /etc/resolv.conf /etc/hosts /etc/pip.conf; do
    [ -e "$lent" ] && mkdir -p "$room$(dirname "$lent")" && cp -rL --remove-destination "$lent" "$room$(dirname "$lent")/"
done
rm -rf "$room/srv/tinhso"
git clone --quiet "$repository" "$room/srv/tinhso"

for place in proc sys dev dev/pts dev/shm; do
    mountpoint -q "$room/$place" || mount --bind "/$place" "$room/$place"
done
inside() { chroot "$room" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@"; }
leave() {
    inside make -s -C /srv/tinhso stop >/dev/null 2>&1 || true
    for place in dev/shm dev/pts dev sys proc; do umount -l "$room/$place" || true; done
}
trap leave EXIT

start() { # until the line "ready", whose seconds are the answer
    inside make -s -C /srv/tinhso run TINHSO_PORT=18000 >"$1" 2>&1 &
    for _ in $(seq 1200); do
        grep -q ' ready; ' "$1" && break
        kill -0 $! 2>/dev/null || { cat "$1"; exit 1; }
        sleep 0.5
    done
    grep ' ready; ' "$1"
    inside make -s -C /srv/tinhso stop
    wait $! || true
}

if [ "$what" != test ]; then
    echo "first start:"
    start "$1/first.log"
    echo "second start:"
    start "$1/second.log"
fi
if [ "$what" != run ]; then
    inside make -s -C /srv/tinhso test 2>&1 | tee "$1/test.log" | tail -n 3
fi
