# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
#
# Call a function until it is detached, and go on; then stay within a budget. $tracer, $target

mkfifo in
begin() {
	called=$1
	shift
	asked=0
	"$target" <in >"$called.answers" &
	pid=$!
	exec 3>in
	await '^waiting' "$called.answers" $pid
	# Without an end of the pipe, whose other end would wait for it.
	"$tracer" --format json --pid $pid "$@" 3>&- >"$called.stdout" 2>"$called.stderr" &
	tracing=$!
	await '^ready' "$called.stderr" $tracing
}
# The target answers each line with one.
call() {
	asked=$((asked + 1))
	echo "$1 $2" >&3
	until [ "$(wc -l <"$called.answers")" -gt $asked ]; do
		kill -0 $pid || return 1
		sleep 0.05
	done
}

begin detached --max-overhead 5
until grep -q 'main.work is traced no more' detached.stderr; do
	kill -0 $tracing || break
	call main.work 1000
done
call main.work 1000
call main.serve 7
await '"function":"main.serve"' detached.stdout $tracing
exec 3>&-
wait $pid
stop detached $tracing

begin within --max-overhead 900 --duration 2.5
call main.work 1000
call main.serve 3
wait $tracing
echo $? >within.status
exec 3>&-
wait $pid
