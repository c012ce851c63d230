// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock completions`: a script that teaches a shell to complete our command lines.
 */
#include <algorithm>

#include "cli/checks.hh"
#include "cli/offers.hh"
#include "commands/commands.hh"
#include "output/stream.hh"

namespace vmalock {

namespace {

struct shell {
	const char *name;
	std::string (*completion)(const offered_command &);
};

constexpr shell shells[] = {
	{"bash", bash_completion},
	{"zsh", zsh_completion},
	{"fish", fish_completion},
};

class completions : public subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand("completions", "Print a shell completion script");

		vmalock = &app;
		result->footer("Packages install these scripts. To use one in this shell only:\n"
			       "source <(vmalock completions bash). See vmalock-completions(1).");
		result->add_option("SHELL", name, "bash, zsh or fish")
			->type_name("")
			->required()
			->check(choice({"bash", "zsh", "fish"}));
		return result;
	}

	int run() override
	{
		put_or_throw(stdout, std::ranges::find(shells, name, &shell::name)->completion(offers_of(*vmalock)));
		return 0;
	}

private:
	CLI::App *vmalock = nullptr;
	std::string name;
};

} // namespace

std::unique_ptr<subcommand> make_completions()
{
	return std::make_unique<completions>();
}

} // namespace vmalock
