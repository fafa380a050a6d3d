# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
#
# Have the tracer start what it traces. $tracer, $blog

"$blog" -every 1ms >other-out 2>&1 &
other=$!
await '^foo' other-out $other
try first "$tracer" --output first.json --strict -- "$blog" -calls 300 -every 20us
kill $other

try seven "$tracer" --binary "$blog" -- sh -c 'exit 7'
try killed "$tracer" --binary "$blog" -- sh -c 'kill -USR1 $$'
try missing "$tracer" -- ./no-such-command
try counted "$tracer" --format json --count 5 -- "$blog" -calls 50 -every 1ms
try exec "$tracer" --format json --binary "$blog" -- env "$blog" -calls 3 -every 1ms

# A signal for the tracer alone.
"$tracer" --format json -- "$blog" -every 1ms >signalled.stdout 2>signalled.stderr &
tracing=$!
await '"event":"call"' signalled.stdout $tracing
kill -TERM $tracing
wait $tracing
echo $? >signalled.status
