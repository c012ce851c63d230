// SPDX-License-Identifier: GPL-2.0-only
#include "collect/user_symbols.hh"

#include <algorithm>
#include <fmt/format.h>

namespace vmalock {

namespace {

/** Processes and files that are kept open; we may have a thousand descriptors. */
constexpr std::size_t most_open = 256;

/** That one process may take of all others' time. */
constexpr std::chrono::seconds most_time{60};

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
		result.file_by_start.clear();
		result.made_code.reset();
		result.made_code_size = 0;
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
	process.file_by_start.clear();
}

std::shared_ptr<named_file> user_symbols::file_of(process &process, const mapped_range &range)
{
	auto [entry, is_new] = process.file_by_start.try_emplace(range.start);
	struct stat found;

	if (!is_new || !process.files)
		return entry->second;
	descriptor file = process.files->open(range);
	if (!file || fstat(file.get(), &found))
		return nullptr;
	auto &known = files[id_of(found)];
	if (!known)
		known = std::make_shared<named_file>(std::move(file), names_format::elf);
	entry->second = known;
	return entry->second;
}

/** Who has a file that does harm, or takes too long, has no more names: others are not to wait. */
std::optional<found_name> user_symbols::look_up(process &process, named_file &file, std::uint64_t address)
{
	const bool was_harmful = file.is_harmful();

	if (process.harmful)
		return std::nullopt;
	const auto began = std::chrono::steady_clock::now();
	auto result = names.look_up(file, address);

	process.taken += std::chrono::steady_clock::now() - began;
	process.harmful = (!was_harmful && file.is_harmful()) || process.taken > most_time;
	return result;
}

/** Its file may grow with the code. @return whether it was opened anew */
bool user_symbols::has_new_made_code(process &process)
{
	struct stat found;

	if (!process.files)
		return false;
	descriptor file = process.files->open_own(fmt::format("/tmp/perf-{}.map", process.files->own_pid()));
	if (!file || fstat(file.get(), &found) || found.st_size == process.made_code_size)
		return false;
	process.made_code_size = found.st_size;
	process.made_code.emplace(std::move(file), names_format::perf_map);
	return true;
}

std::string user_symbols::made_function(process &process, std::uint64_t address)
{
	auto function = [&] {
		auto found = process.made_code ? look_up(process, *process.made_code, address) : std::nullopt;

		return found ? found->function : std::string();
	};
	std::string result = function();

	if (result.empty() && has_new_made_code(process))
		result = function();
	return result;
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
		if (auto file = file_of(process, *range))
			if (auto found = look_up(process, *file, within - range->start + range->file_offset)) {
				if (found->image_offset) {
					result.function = found->function;
					result.offset = *found->image_offset + (address - within);
				}
				result.build_id = found->build_id;
				return result;
			}
	if (range->executable)
		result.function = made_function(process, within);
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
