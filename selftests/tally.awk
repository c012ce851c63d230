# SPDX-License-Identifier: GPL-2.0-only
#
# tally.awk - count the results of test suites that print KTAP or GoogleTest's
# lines between "# suite NAME" and "# exit STATUS [SECONDS]". -v release=NAME is
# passed through. Prints "suite release passed failed skipped seconds" a suite. What
# was left out because somebody asked for other tests is counted nowhere.

function finish(status, seconds) {
	if (suite == "")
		return
	if (planned >= 0 && passed + failed + skipped + left_out != planned)
		failed++
	if (status != 0 && failed == 0)
		failed++
	if (passed + failed + skipped == 0)
		failed++
	print suite, release, passed + 0, failed + 0, skipped + 0, seconds + 0
	suite = ""
}

/^# suite / {
	finish(1)
	suite = $3
	passed = failed = skipped = left_out = 0
	planned = -1
}
/^# exit / { finish($3, $4) }

/^1\.\.[0-9]+/ {
	planned = substr($1, 4) + 0
	# A plan of no tests with a reason is a suite that was skipped whole.
	if (planned == 0 && /# SKIP/) {
		skipped++
		planned = 1
	}
}
/^ok .*# SKIP left out$/ { left_out++; next }
/^ok .*# SKIP/ { skipped++; next }
/^ok / { passed++ }
/^not ok / { failed++ }

/^\[       OK \] / { passed++ }
/^\[  SKIPPED \] .*\(/ { skipped++ }
/^\[  FAILED  \] .*\(/ { failed++ }

# A log that stops inside a suite is a suite that failed.
END { finish(1) }
