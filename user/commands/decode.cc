// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock decode`: what a value of vm_refcnt means, or the words of an mmap_lock.
 */
#include <optional>

#include "cli/number.hh"
#include "commands/commands.hh"
#include "output/decoded.hh"
#include "output/stream.hh"

namespace vmalock {

namespace {

/** A number as debuggers print it; it becomes one that CLI11 reads. */
CLI::Validator debugger_number(unsigned bits)
{
	return CLI::Validator([bits](std::string &word) {
		auto number = read_number(word, bits);

		if (auto *complaint = std::get_if<std::string>(&number))
			return *complaint;
		word = std::to_string(std::get<std::uint64_t>(number));
		return std::string();
	}, "");
}

/** The kernel and crash can print hexadecimal without 0x, and some such numbers look decimal. */
std::optional<std::uint64_t> if_hexadecimal(const std::string &word, unsigned bits)
{
	auto number = read_number("0x" + word, bits);

	if (word.size() < 2 || word.find_first_not_of("0123456789") != word.npos ||
	    !std::holds_alternative<std::uint64_t>(number))
		return std::nullopt;
	return std::get<std::uint64_t>(number);
}

class decode : public subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand("decode", "Explain a value of vm_refcnt or of mmap_lock");

		result->footer("Takes values from a crash dump, drgn or a kernel message: decimal, or 0x and\n"
			       "hexadecimal. Needs no privileges. See vmalock-decode(1).");
		add_value(*result, "REFCNT", refcnt, 32, "The value of vma->vm_refcnt")->type_name("");
		CLI::Option *vm = result->add_option("--vm-lock-seq", vm_lock_seq,
						     "vma->vm_lock_seq, read together with it")
			->type_name("N")
			->transform(debugger_number(32));
		CLI::Option *mm = result->add_option("--mm-lock-seq", mm_lock_seq,
						     "mm->mm_lock_seq.sequence of the VMA's mm")
			->type_name("N")
			->transform(debugger_number(32));
		vm->needs(mm);
		mm->needs(vm);
		add_value(*result, "--mmap-lock", count, 64, "The value of mm->mmap_lock.count")->type_name("COUNT");
		add_value(*result, "--rt-readers", rt_readers, 32,
			  "The value of mm->mmap_lock.rwbase.readers, of a kernel\n"
			  "with PREEMPT_RT")
			->type_name("N");
		result->add_option("--owner", owner, "mmap_lock.owner, or mmap_lock.rwbase.rtmutex.owner,\n"
						     "read together with it")
			->type_name("OWNER")
			->transform(debugger_number(64));
		result->add_flag("--json", json, "Print JSON; errors are JSON too");
		return result;
	}

	std::optional<std::string> problem() const override
	{
		if (refcnt.has_value() + count.has_value() + rt_readers.has_value() != 1)
			return "give one of REFCNT, --mmap-lock and --rt-readers: see 'vmalock decode --help'";
		if (owner && refcnt)
			return "--owner is a word of mmap_lock: give it with --mmap-lock or --rt-readers";
		if (vm_lock_seq && !refcnt)
			return "--vm-lock-seq and --mm-lock-seq go with REFCNT";
		return std::nullopt;
	}

	int run() override
	{
		if (refcnt)
			return show(vma_lock());
		if (count)
			return show(decoded_mmap_lock{decode_mmap_lock(*count, owner), decimal_as_hexadecimal});
		return show(decoded_mmap_lock{decode_rt_mmap_lock(*rt_readers, owner), decimal_as_hexadecimal});
	}

private:
	template <class Number>
	CLI::Option *add_value(CLI::App &app, const std::string &name, std::optional<Number> &value, unsigned bits,
			       const std::string &what)
	{
		return app.add_option(name, value, what)
			->transform(debugger_number(bits))
			->transform(CLI::Validator([this, bits](std::string &word) {
				decimal_as_hexadecimal = if_hexadecimal(word, bits);
				return std::string();
			}, ""));
	}

	decoded vma_lock() const
	{
		decoded result = {decode_vm_refcnt(*refcnt), {}, {}};

		if (decimal_as_hexadecimal)
			result.if_hexadecimal = static_cast<std::uint32_t>(*decimal_as_hexadecimal);
		if (vm_lock_seq) {
			result.numbers = {*vm_lock_seq, *mm_lock_seq};
			result.refcnt = decode_vm_refcnt(*refcnt, *result.numbers);
		}
		return result;
	}

	int show(const auto &decoded) const
	{
		put_or_throw(stdout, json ? to_json(decoded) + "\n" : to_text(decoded));
		return 0;
	}

	std::optional<std::uint32_t> refcnt;
	std::optional<std::uint32_t> vm_lock_seq, mm_lock_seq;	///< both or none
	std::optional<std::uint64_t> count;
	std::optional<std::uint32_t> rt_readers;
	std::optional<std::uint64_t> owner;			///< of count, or of rt_readers
	std::optional<std::uint64_t> decimal_as_hexadecimal;	///< whichever value was given
};

} // namespace

std::unique_ptr<subcommand> make_decode()
{
	return std::make_unique<decode>();
}

} // namespace vmalock
