// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock schema`: docs/json.schema.json.
 */
#include "commands/commands.hh"
#include "output/stream.hh"

namespace vmalock {

namespace {

constexpr std::string_view text =
#include "schema.inc"
	;

class schema : public subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand("schema", "Print the JSON schema of all output");

		result->footer("See vmalock-schema(1).");
		return result;
	}

	int run() override
	{
		put_or_throw(stdout, text);
		return 0;
	}
};

} // namespace

std::unique_ptr<subcommand> make_schema()
{
	return std::make_unique<schema>();
}

} // namespace vmalock
