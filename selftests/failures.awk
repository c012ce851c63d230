# SPDX-License-Identifier: GPL-2.0-only
#
# failures.awk - print what failed or was skipped of the suites in a log that
# tally.awk reads: of each failure what its test printed, at most a dozen lines, and
# the command that repeats it. -v role=NAME is the kernel that guests ran.

function failed(test, first, i) {
	for (i = first > 1 ? first : 1; i <= printed && i < first + 12; i++)
		print "       " substr(line[i], 1, 400)
	if (suite ~ /\//)
		print "       again: make check SUITE=" suite \
			(suite ~ /^host\// ? "" : " KERNEL=" role) " TEST='" test "'"
}

/^# suite / { suite = $3 }
/# SKIP left out$/ { next }
/^ *not ok|^Bail out|# SKIP|^\[  FAILED  \].*\(/ { print "     " $0 }
/^not ok / { failed($3, printed - 11) }
/^\[  FAILED  \].*\(/ {
	sub(/,$/, "", $4)
	failed($4, 1)
}
/^ok |^not ok |^\[/ { printed = 0; next }
{ line[++printed] = $0 }
