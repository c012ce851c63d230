# SPDX-License-Identifier: GPL-2.0-only
#
# failures.awk - print what failed or was skipped of the suites in a log that
# tally.awk reads, and of each failure the command that repeats it. -v role=NAME is
# the kernel that guests ran.

function again(test) {
	if (suite !~ /\//)
		return
	print "       again: make check SUITE=" suite \
		(suite ~ /^host\// ? "" : " KERNEL=" role) " TEST='" test "'"
}

/^# suite / { suite = $3 }
/# SKIP left out$/ { next }
/^ *not ok|^Bail out|# SKIP/ { print "     " $0 }
/^not ok / { again($3) }
/^\[  FAILED  \].*\(/ {
	print "     " $0
	name = $4
	sub(/,$/, "", name)
	again(name)
}
