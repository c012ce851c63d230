# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# tmux.sh - a terminal to press keys on and to read from, for tests that run in a
# scratch folder of their own: it holds the terminal's socket. Sourced after
# ktap.sh.

# t ARGUMENT...: the tmux of this folder, whatever the user has configured.
t() {
	tmux -S "$PWD/socket" -f /dev/null "$@"
}

# terminal COLUMNS LINES COMMAND...: run it there. Its exit status comes in the file
# `status`; the settings of the terminal before and after it in `before`, `after`.
terminal() {
	local columns=$1 lines=$2
	shift 2
	printf 'trap : INT\necho earlier text\nstty -g > before\n%s\necho $? > status\nstty -g > after\nexec sleep 600\n' \
		"$*" > pane
	trap 't kill-server 2> /dev/null || true; ktap_kill_jobs' EXIT
	t new-session -d -x "$columns" -y "$lines" "env -u NO_COLOR sh pane"
}

screen() {
	t capture-pane -p "$@"
}

# await TEXT: until the screen shows it.
await() {
	local end=$((SECONDS + patience))
	until screen > seen && grep -qF -- "$1" seen; do
		[ "$SECONDS" -lt "$end" ] || { cat seen; fail "the screen never showed: $1"; }
		sleep 0.05
	done
}

# press KEY...: in tmux's names.
press() {
	t send-keys "$@"
}

# child: the process of COMMAND.
child() {
	pgrep -P "$(t display-message -p '#{pane_pid}')"
}

# show_threads: where those of COMMAND are, and its screen.
show_threads() {
	local thread
	screen
	for thread in "/proc/$(child)/task"/*; do
		echo "$(cat "$thread/comm" "$thread/wchan" "$thread/syscall" 2>&1 | xargs) $(cut -d ' ' -f 3,14,15 "$thread/stat")"
		cat "$thread/stack" 2> /dev/null || true
	done
}

# expect_given_back STATUS: COMMAND ended so, and the terminal is as it was.
expect_given_back() {
	(wait_until [ -s after ]) || { show_threads; fail "it does not end"; }
	expect_equal "exit status" "$(cat status)" "$1"
	expect_equal "settings of the terminal" "$(cat after)" "$(cat before)"
	await "earlier text"
	expect_equal "is the alternate screen on" "$(t display-message -p '#{alternate_on}')" 0
	expect_equal "is the cursor visible" "$(t display-message -p '#{cursor_flag}')" 1
}
