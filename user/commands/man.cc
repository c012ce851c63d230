// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock man`: the manual pages, for machines that vmalock is only copied to.
 */
#include <algorithm>
#include <csignal>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/checks.hh"
#include "commands/commands.hh"
#include "output/stream.hh"

namespace vmalock {

namespace {

struct manual_page {
	std::string_view name, text;
};

/** In the order of their names, that of vmalock(1) first. */
constexpr manual_page pages[] = {
#include "manual_pages.inc"
};

std::vector<std::string> page_names()
{
	std::vector<std::string> result;

	for (const manual_page &page : pages)
		result.emplace_back(page.name);
	return result;
}

/** The shell's, for a command that it did not find. */
constexpr int not_found = 127;

/** @return whether there is a pager; the user may leave it before the end. */
bool put_into_pager(std::string_view text)
{
	const char *pager = std::getenv("PAGER");
	const bool chosen = pager && *pager;

	std::FILE *pipe = popen(chosen ? pager : "command -v less > /dev/null || exit 127; exec less", "w");
	if (!pipe)
		return false;
	// Not before, for the pager to have its own: Ctrl-C is for it, and it may be left early.
	for (int number : {SIGPIPE, SIGINT, SIGQUIT})
		std::signal(number, SIG_IGN);
	put(pipe, text);
	const int status = pclose(pipe);
	return status != -1 && !(WIFEXITED(status) && WEXITSTATUS(status) == not_found);
}

class man : public subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand("man", "Print a manual page");

		result->footer("On a terminal the page is shown by $PAGER or less(1), if there is one.\n"
			       "See vmalock-man(1).");
		result->add_option("PAGE", name, "A subcommand; without it, vmalock(1)")
			->type_name("")
			->check(choice(page_names()));
		return result;
	}

	int run() override
	{
		const std::string_view text = std::ranges::find(pages, name, &manual_page::name)->text;

		if (!isatty(STDOUT_FILENO) || !put_into_pager(text))
			put_or_throw(stdout, text);
		return 0;
	}

private:
	std::string name = "vmalock";
};

} // namespace

std::unique_ptr<subcommand> make_man()
{
	return std::make_unique<man>();
}

} // namespace vmalock
