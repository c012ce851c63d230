// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock completions`: a script that teaches a shell to complete our command lines.
 */
#include <algorithm>

#include "cli/choice.hh"
#include "cli/completions.hh"
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

const shell *shell_of(const std::string &name)
{
	auto found = std::ranges::find(shells, name, &shell::name);

	return found == std::end(shells) ? nullptr : found;
}

std::string no_shell(const std::string &name)
{
	return shell_of(name) ? "" : "there are completions for bash, zsh and fish, not for " + name;
}

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
			->check(choice({"bash", "zsh", "fish"}, no_shell));
		return result;
	}

	int run() override
	{
		put_or_throw(stdout, shell_of(name)->completion(offers_of(*vmalock)));
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
