# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
#
# Trace from and into containers. $tracer, $blog; the scripts $hidden, $numbered, $started and
# $nested, which live tests run, too.

container="unshare -p -f --mount-proc"
mkdir box box/inner
cp "$blog" box/inner/blog
# Its number, and so its records, are only known while it runs.
(cd box/inner && exec unshare -m -p -f sh -c "$hidden") >box-out 2>&1 &
outer=$!
await '^foo' box-out $outer
pid=$(cat /proc/$outer/task/$outer/children)
echo pid=$pid
try by-pid "$tracer" --format json --count 5 --pid $pid
try any "$tracer" --format json --count 5
# Now one that is no concern of the containers'.
try numbered $container sh -c "$numbered"
kill -9 $pid
try started $container sh -c "$started"
try nested $container sh -c "$nested"
rm -r box
