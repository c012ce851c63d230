// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever a file holds, it is refused in a sentence or shown; and what is shown
 * is text that a terminal can bear.
 */
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "model/merge.hh"
#include "output/output.hh"
#include "recording/frame.hh"
#include "recording/recordings.hh"
#include "recording/perfetto.hh"

using namespace vmalock;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t *data, std::size_t size, std::size_t most);

namespace {

using nlohmann::json;

struct content {
	frame_type type;
	json value;
};

void show(const snapshot &before, const snapshot &after)
{
	const report report = compare(before, after);
	const std::string text = to_text(report);

	if (std::ranges::any_of(text, [](char c) { return c != '\n' && (c < ' ' || c > '~'); }))
		std::abort();
	to_json(report, true);
	to_text(merge({{"a", report}, {"b", report}}));
}

/** As far as it is whole, and its frames make sense. */
std::vector<content> contents_of(const std::string &file)
{
	std::vector<content> result;
	std::istringstream stream(file.substr(std::min(file.size(), file_header().size())));

	try {
		for (std::uint64_t at = 0; auto frame = read_frame(stream, at);)
			result.push_back({frame->type, decoded(*frame)});
	} catch (const std::exception &) {
	}
	return result;
}

/** One value in there; seldom one that holds others, whose loss costs the most. */
json &any_value(json &value, std::minstd_rand &random)
{
	if (!value.is_structured() || value.empty() || random() % 32 == 0)
		return value;
	return any_value(*std::next(value.begin(), static_cast<std::ptrdiff_t>(random() % value.size())), random);
}

std::uint64_t any_number(std::minstd_rand &random)
{
	const std::uint64_t power = std::uint64_t(1) << random() % 64;

	switch (random() % 4) {
	case 0:
		return power;
	case 1:
		return power - 1;
	case 2:
		return -power;
	default:
		return random() % 16;
	}
}

std::string mutated(std::string text)
{
	const std::size_t length = text.size();

	text.resize(length + 64);
	text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t *>(text.data()), length, length + 64));
	return text;
}

/** Still CBOR, so that a reader gets to see it. @param other to take a value from */
void mutate(json &value, const json &other, std::minstd_rand &random)
{
	const auto some = [&] { return static_cast<std::ptrdiff_t>(random() % value.size()); };
	const bool holds_values = value.is_structured() && !value.empty();

	switch (random() % 32) {
	case 0:
		value = other;
		break;
	case 1:
		value = nullptr;
		break;
	default:
		if (value.is_array() && holds_values && random() % 2)
			value.push_back(json(value[static_cast<std::size_t>(some())]));
		else if (holds_values)
			value.erase(std::next(value.begin(), some()));
		else if (value.is_string())
			value = mutated(value.get<std::string>());
		else if (value.is_number())
			value = any_number(random);
		else if (value.is_boolean())
			value = !value.get<bool>();
	}
}

/**
 * With VMALOCK_FUZZ_PLANTED set, crash on a recording that only mutations of
 * what is inside of frames bring about: no seed counts as many aborts.
 */
void planted_crash(const snapshot &snapshot)
{
	static const bool planted = std::getenv("VMALOCK_FUZZ_PLANTED");

	if (planted && std::ranges::any_of(snapshot.aborts, [](const auto &aborts) { return aborts.count >> 32; }))
		std::abort();
}

} // namespace

/** Mostly of values, in frames whose checksums fit, or nothing but checksums would be tested. */
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t *data, std::size_t size, std::size_t most,
					       unsigned seed)
{
	std::minstd_rand random(seed);
	std::vector<content> contents = contents_of({reinterpret_cast<char *>(data), size});
	std::string result = file_header();

	if (contents.empty() || random() % 8 == 0)
		return LLVMFuzzerMutate(data, size, most);
	const auto some = [&]() -> json & {
		return any_value(contents[random() % contents.size()].value, random);
	};
	mutate(some(), json(some()), random);
	try {
		for (const content &content : contents)
			result += encoded(content.type, content.value);
	} catch (const std::exception &) {
		return LLVMFuzzerMutate(data, size, most);	// such as one nested too deep
	}
	result.resize(std::min(result.size(), most));
	std::memcpy(data, result.data(), result.size());
	return result.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	std::vector<std::unique_ptr<recording_reader>> files;

	try {
		files.push_back(std::make_unique<recording_reader>(
			std::make_unique<std::istringstream>(
				std::string(reinterpret_cast<const char *>(data), size)), "file"));
	} catch (const std::runtime_error &) {
		return -1;	// no recording: no seed for others
	}
	recordings all(std::move(files));
	perfetto_events events(all.runs());
	std::optional<recorded_snapshot> last;

	events.head();
	while (auto next = all.next()) {
		events.events_of(*next);
		planted_crash(next->snapshot);
		if (last)
			show(last->snapshot, next->snapshot);
		last = std::move(next);
	}
	all.remarks();
	return 0;
}
