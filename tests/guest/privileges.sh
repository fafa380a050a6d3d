# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
#
# Trace with few capabilities: one's own process, another user's, and look at what is left.
# $tracer, $blog, $nobody

"$nobody" -- "$blog" -every 1ms >own-out 2>&1 &
own=$!
"$blog" -every 1ms >others-out 2>&1 &
others=$!
await '^foo' own-out $own
await '^foo' others-out $others

# Whose process, and what may be done.
attempt() {
	called=$1
	pid=$2
	shift 2
	try "$called" "$nobody" "$@" -- "$tracer" --format json --count 3 --pid $pid
}
attempt none $own
attempt bpf $own bpf
attempt perfmon $own perfmon
attempt both $own bpf,perfmon
attempt all-but-sys_admin $own all,sys_admin
attempt sys_admin $own sys_admin
attempt others $others sys_admin
attempt others-sys_ptrace $others sys_admin,sys_ptrace
try check "$nobody" bpf,perfmon -- "$tracer" --check --pid $own
try check-sys_admin "$nobody" sys_admin -- "$tracer" --check --pid $own
try overhead "$nobody" bpf,perfmon -- "$tracer" --max-overhead 5 --pid $own

# Capabilities once all probes are in place, and whether records come then.
left() {
	called=$1
	shift
	"$@" "$tracer" --format json --pid $others >"$called.stdout" 2>"$called.stderr" &
	tracing=$!
	await '^ready' "$called.stderr" $tracing
	cat /proc/$tracing/status >"$called.left"
	await '"event":"call"' "$called.stdout" $tracing
	stop "$called" $tracing
}
left root
left nobody "$nobody" sys_admin,sys_ptrace --

try command "$tracer" --binary "$blog" -- grep ^CapEff /proc/self/status
try without grep ^CapEff /proc/self/status

echo own=$own
echo others=$others
kill $own $others
