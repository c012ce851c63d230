// SPDX-License-Identifier: GPL-2.0-only
#include "collect/user_symbols.hh"

#include <algorithm>
#include <stdexcept>

namespace vmalock {

namespace {

/** Processes and files that are kept open; we may have a thousand descriptors. */
constexpr std::size_t most_open = 256;

} // namespace

user_symbols::file_id user_symbols::id_of(const struct stat &file)
{
	return {file.st_dev, file.st_ino, file.st_ctim.tv_sec, file.st_ctim.tv_nsec};
}

const mapped_range *user_symbols::range_of(const process &process, std::uint64_t address)
{
	auto next = std::ranges::upper_bound(process.maps, address, {}, &mapped_range::start);

	if (next == process.maps.begin() || address >= std::prev(next)->end)
		return nullptr;
	return &*std::prev(next);
}

/** Another program, or another process, has nothing of what was there before. */
user_symbols::process &user_symbols::look_at(process_id id)
{
	if (processes.size() + files.size() >= most_open && !processes.contains(id)) {
		processes.clear();
		files.clear();
	}
	process &result = processes[id];
	std::optional<struct stat> program = result.files ? result.files->program() : std::nullopt;

	if (!program) {
		const auto number = numbers(id.pid);

		result.files = number ? process_files::of({*number, id.start_ns}) : std::nullopt;
		program = result.files ? result.files->program() : std::nullopt;
	}
	if (!program) {
		result.files.reset();
	} else if (result.program != id_of(*program)) {
		result.program = id_of(*program);
		result.maps.clear();
		result.elf_by_start.clear();
		result.made_code = {};
	}
	return result;
}

void user_symbols::learn_maps(process &process, const std::vector<std::uint64_t> &addresses)
{
	auto unknown = [&](std::uint64_t address) { return !range_of(process, address); };

	if (!process.files || std::ranges::none_of(addresses, unknown))
		return;
	std::vector<mapped_range> now = process.files->maps();
	if (now.empty())
		return;
	process.maps = std::move(now);
	process.elf_by_start.clear();
}

std::shared_ptr<elf_file> user_symbols::elf_of(process &process, const mapped_range &range)
{
	auto [entry, is_new] = process.elf_by_start.try_emplace(range.start);
	struct stat found;

	if (!is_new || !process.files)
		return entry->second;
	descriptor file = process.files->open(range);
	if (!file || fstat(file.get(), &found))
		return nullptr;
	auto &known = files[id_of(found)];
	if (!known) try {
		known = std::make_shared<elf_file>(file.release());
	} catch (const std::runtime_error &) {
		// No program: a file of data, or of code made at run time.
	}
	entry->second = known;
	return entry->second;
}

user_frame user_symbols::frame_of(process &process, std::uint64_t address, std::uint64_t within)
{
	const mapped_range *range = range_of(process, within);
	user_frame result = {address, "", "", 0, ""};

	if (process.maps.empty())
		return result;
	if (!range) {
		result.file = "[unmapped]";
		result.offset = address;
		return result;
	}
	result.file = range->path.empty() ? "[anon]" : range->path;
	result.offset = address - range->start + range->file_offset;
	if (range->path.starts_with('/'))
		if (auto elf = elf_of(process, *range)) {
			if (auto offset = elf->image_offset(within - range->start + range->file_offset)) {
				result.function = elf->function_at(*offset);
				result.offset = *offset + (address - within);
			}
			result.build_id = elf->build_id();
			return result;
		}
	if (range->executable) {
		result.function = process.made_code.function_at(within);
		if (result.function.empty() && process.files) {
			process.made_code.refresh(*process.files);
			result.function = process.made_code.function_at(within);
		}
	}
	return result;
}

user_frames user_symbols::resolve(process_id id, const std::vector<std::uint64_t> &addresses)
{
	process &process = look_at(id);
	user_frames result;

	learn_maps(process, addresses);
	for (std::uint64_t address : addresses)
		// A call that never returns is the last of its function.
		result.push_back(frame_of(process, address, result.empty() ? address : address - 1));
	return result;
}

} // namespace vmalock
