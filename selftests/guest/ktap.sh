# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# ktap.sh - sourced by suites written in bash, to print KTAP:
#
#	. "$(dirname "$0")/../ktap.sh"
#
#	faults_are_exact() {
#		expect_equal "faults" "$(count)" 100
#	}
#
#	plan 1
#	check "every fault is counted once" faults_are_exact
#	finish
#
# A test is a function. It runs in a subshell under set -e with a scratch
# folder of its own as working directory; what it prints is shown only if it
# does not pass. It fails by a command that fails, by `fail` or by an expect_*
# function, and is skipped by `skip`. Its background jobs are killed when it
# ends, whichever way. With KTAP_FIRST_FAILURE_ENDS set the suite ends there. With
# KTAP_TEST set only the test of that number is run, or those whose description has
# a match of that extended regular expression; the others are said to be left out.
# KTAP_SCRATCH names the scratch folder, which must not exist.

ktap_planned=0
ktap_run=0
ktap_failed=0
ktap_scratch=${KTAP_SCRATCH:-$(mktemp -d)} || exit
[ -z "${KTAP_SCRATCH-}" ] || mkdir "$ktap_scratch" || exit
trap 'rm -rf "$ktap_scratch"' EXIT

# plan COUNT: how many checks follow.
plan() {
	ktap_planned=$1
	printf 'KTAP version 1\n1..%d\n' "$1"
}

# plan_skip REASON: nothing of this suite can run here.
plan_skip() {
	printf 'KTAP version 1\n1..0 # SKIP %s\n' "$1"
	exit 0
}

# Status by which a test's subshell says that it was skipped; kselftest's own.
KTAP_SKIP=4

# check DESCRIPTION FUNCTION [ARGUMENT]...: run one test.
check() {
	local description=$1 output=$ktap_scratch/output status reason
	shift
	ktap_run=$((ktap_run + 1))
	if ! ktap_is_wanted "$ktap_run" "$description"; then
		echo "ok $ktap_run $description # SKIP left out"
		return
	fi
	mkdir "$ktap_scratch/test"
	# Not in a condition: bash would switch set -e off inside it.
	(
		trap ktap_kill_jobs EXIT
		cd "$ktap_scratch/test" || exit
		set -e
		"$@"
	) > "$output" 2>&1
	status=$?
	rm -rf "$ktap_scratch/test"

	case $status in
	0) echo "ok $ktap_run $description" ;;
	"$KTAP_SKIP")
		reason=$(tail -n 1 "$output")
		echo "ok $ktap_run $description # SKIP $reason" ;;
	*)
		ktap_failed=$((ktap_failed + 1))
		sed 's/^/# /' "$output"
		echo "not ok $ktap_run $description"
		[ -z "${KTAP_FIRST_FAILURE_ENDS-}" ] || exit 1 ;;
	esac
}

# ktap_is_wanted NUMBER DESCRIPTION: by KTAP_TEST.
ktap_is_wanted() {
	case ${KTAP_TEST-} in
	"") ;;
	*[!0-9]*) [[ $2 =~ $KTAP_TEST ]] ;;
	*) [ "$1" -eq "$KTAP_TEST" ] ;;
	esac
}

ktap_kill_jobs() {
	local job
	for job in $(jobs -p); do
		kill -KILL "$job" 2> /dev/null || true
	done
}

# finish: the suite's exit status; fewer or more tests than planned fail it.
finish() {
	if [ "$ktap_run" -ne "$ktap_planned" ]; then
		echo "# $ktap_run tests were run, $ktap_planned were planned"
		exit 1
	fi
	exit $((ktap_failed > 0))
}

# --- for use inside a test

fail() {
	echo "$*"
	exit 1
}

skip() {
	echo "$*"
	exit "$KTAP_SKIP"
}

# expect_equal WHAT GOT WANTED
expect_equal() {
	[ "$2" = "$3" ] || fail "$1: got '$2', wanted '$3'"
}

# expect_match WHAT GOT PATTERN: PATTERN is an extended regular expression.
expect_match() {
	[[ $2 =~ $3 ]] || fail "$1: got '$2', wanted a match of '$3'"
}

# expect_status STATUS COMMAND...: its output goes to the files stdout, stderr.
expect_status() {
	local wanted=$1 status=0
	shift
	"$@" > stdout 2> stderr || status=$?
	[ "$status" -eq "$wanted" ] || {
		cat stdout stderr
		fail "status of $*: got $status, wanted $wanted"
	}
}

# expect_refused STATUS PATTERN COMMAND...: by one sentence of vmalock's, and no more.
expect_refused() {
	expect_status "$1" "${@:3}"
	expect_equal "stdout" "$(cat stdout)" ""
	expect_equal "lines on stderr" "$(wc -l < stderr)" 1
	expect_match "the sentence" "$(cat stderr)" "^vmalock: error: .*$2"
}

# expect_refused_in_json STATUS PATTERN COMMAND...: by an object on stdout.
expect_refused_in_json() {
	expect_status "$1" "${@:3}"
	expect_equal "stderr with --json" "$(cat stderr)" ""
	expect_match "error with --json" "$(jq -r .error stdout)" "$2"
}

# Longer than an emulated machine takes that has others beside it: this ends what
# hangs, and measures nothing.
readonly patience=180

# wait_until COMMAND...: until COMMAND succeeds; fails when patience is at its end.
wait_until() {
	local end=$((SECONDS + patience))
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || fail "waited in vain for: $*"
		sleep 0.05
	done
}
