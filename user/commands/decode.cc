// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock decode`: what a value of vm_refcnt means.
 */
#include <optional>

#include "cli/number.hh"
#include "commands/commands.hh"
#include "output/decoded.hh"
#include "output/stream.hh"

namespace vmalock {

namespace {

/** A number as debuggers print it; it becomes one that CLI11 reads. */
const CLI::Validator debugger_number([](std::string &word) {
	auto number = read_number(word);

	if (auto *complaint = std::get_if<std::string>(&number))
		return *complaint;
	word = std::to_string(std::get<std::uint32_t>(number));
	return std::string();
}, "");

/** Kernel messages print hexadecimal without 0x, and some such numbers look decimal. */
std::optional<std::uint32_t> if_hexadecimal(const std::string &word)
{
	auto number = read_number("0x" + word);

	if (word.size() < 2 || word.find_first_not_of("0123456789") != word.npos ||
	    !std::holds_alternative<std::uint32_t>(number))
		return std::nullopt;
	return std::get<std::uint32_t>(number);
}

class decode : public subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand("decode", "Explain a value of vm_refcnt");
		CLI::Validator refcnt_number([this](std::string &word) {
			decimal_as_hexadecimal = if_hexadecimal(word);
			return debugger_number(word);
		}, "");

		result->footer("Takes a value from a crash dump, drgn or a kernel message: decimal, or 0x and\n"
			       "hexadecimal. Needs no privileges. See vmalock-decode(1).");
		result->add_option("REFCNT", refcnt, "The value of vma->vm_refcnt")
			->type_name("")
			->required()
			->transform(refcnt_number);
		CLI::Option *vm = result->add_option("--vm-lock-seq", vm_lock_seq,
						     "vma->vm_lock_seq, read together with it")
			->type_name("N")
			->transform(debugger_number);
		CLI::Option *mm = result->add_option("--mm-lock-seq", mm_lock_seq,
						     "mm->mm_lock_seq.sequence of the VMA's mm")
			->type_name("N")
			->transform(debugger_number);
		vm->needs(mm);
		mm->needs(vm);
		result->add_flag("--json", json, "Print JSON; errors are JSON too");
		return result;
	}

	int run() override
	{
		decoded result = {decode_vm_refcnt(refcnt), {}, decimal_as_hexadecimal};

		if (vm_lock_seq) {
			result.numbers = {*vm_lock_seq, *mm_lock_seq};
			result.refcnt = decode_vm_refcnt(refcnt, *result.numbers);
		}
		put_or_throw(stdout, json ? to_json(result) + "\n" : to_text(result));
		return 0;
	}

private:
	std::uint32_t refcnt = 0;
	std::optional<std::uint32_t> vm_lock_seq, mm_lock_seq;	///< both or none
	std::optional<std::uint32_t> decimal_as_hexadecimal;
};

} // namespace

std::unique_ptr<subcommand> make_decode()
{
	return std::make_unique<decode>();
}

} // namespace vmalock
