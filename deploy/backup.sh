#!/bin/sh
# Copy a running server's append-only file: deploy/backup.sh DATA_DIR ARCHIVE.tar
#
# DATA_DIR is the server's `dir`: the service's --data for an embedded server. The server is asked
# nothing and goes on writing. The manifest names the files that belong together, and the last of
# them only grows; so what was copied is whole if the manifest is the same afterwards. A record that
# was being written is cut off at its end, which the server drops when it loads the copy.
# The archive holds comments: keep it as you would keep them.
set -eu
umask 077
from=$1/appendonlydir
to=$(mktemp -d)
trap 'rm -rf "$to"' EXIT
for _ in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf "$to/appendonlydir"
    mkdir "$to/appendonlydir"
    manifest=$(basename "$from"/*.manifest)
    cp "$from/$manifest" "$to/appendonlydir/"
    failed=
    while read -r _ name _; do
        why=$(cp "$from/$name" "$to/appendonlydir/" 2>&1) || { failed=${why:-$name}; break; }
    done < "$to/appendonlydir/$manifest"
    if [ -z "$failed" ] && cmp -s "$from/$manifest" "$to/appendonlydir/$manifest"; then
        tar -C "$to" -cf "$2" appendonlydir
        exit 0
    fi
    sleep 1  # the file was being rewritten, or there is no room for the copy
done
echo "${failed:-the append-only file in $from was rewritten each time it was copied}" >&2
exit 1
