# SPDX-License-Identifier: GPL-2.0-only
#
# failures.awk - print what failed or was skipped of the suites in a log that
# tally.awk reads: of each failure the last dozen lines that its test printed, and
# the command that repeats it. -v role=NAME is the kernel that guests ran.

function failed(test, i) {
	for (i = printed > 12 ? printed - 11 : 1; i <= printed; i++)
		print "       " substr(line[i], 1, 400)
	if (suite ~ /\//)
		print "       again: make check SUITE=" suite \
			(suite ~ /^host\// ? "" : " KERNEL=" role) " TEST='" test "'"
}

/^# suite / { suite = $3 }
/# SKIP left out$/ { next }
/^ *not ok|^Bail out|# SKIP|^\[  FAILED  \].*\(/ { print "     " $0 }
/^not ok / { failed($3) }
/^\[  FAILED  \].*\(/ {
	sub(/,$/, "", $4)
	failed($4)
}
/^ok |^not ok |^\[/ { printed = 0; next }
{ line[++printed] = $0 }
