// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of a recording: what was written comes back, and of what was cut,
 * changed or made up, as much as is true.
 */
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <zlib.h>

#include "made_recording.hh"
#include "recording/capture.hh"
#include "recording/cbor.hh"
#include "recording/reader.hh"

namespace vmalock::test {
namespace {

using nlohmann::json;

const std::size_t header = file_header().size();

/** A run of three snapshots that ended. */
std::string small_file()
{
	std::string result = file_header() + encoded(frame_type::run, made_run());

	for (double seconds : {0.0, 1.0, 2.0})
		result += encoded(frame_type::snapshot, made_snapshot(seconds));
	return result + encoded(frame_type::end, end_of(0));
}

/** What a reader makes of a file. */
struct contents {
	std::vector<recorded_run> runs;
	std::vector<double> seconds;
	std::vector<std::string> captured;
	std::vector<std::string> remarks;

	bool mentions(const std::string &words) const
	{
		return std::ranges::any_of(remarks, [&](const std::string &remark) {
			return remark.find(words) != remark.npos;
		});
	}
};

contents read(const std::string &bytes)
{
	recording_reader reader(std::make_unique<std::istringstream>(bytes), "a.rec");
	contents result;

	while (auto next = reader.next()) {
		result.seconds.push_back(next->snapshot.seconds);
		result.captured.push_back(to_capture(next->snapshot));
	}
	result.runs = reader.runs();
	result.remarks = reader.remarks();
	return result;
}

std::string why_not(const std::string &bytes)
{
	try {
		read(bytes);
	} catch (const std::runtime_error &error) {
		return error.what();
	}
	return "it was read";
}

/** Where each frame of a file ends. */
std::vector<std::size_t> ends_of(const std::string &bytes)
{
	std::istringstream stream(bytes.substr(header));
	std::vector<std::size_t> result;

	for (std::uint64_t at = header; read_frame(stream, at);)
		result.push_back(at);
	return result;
}

/** A frame around any bytes, with a true checksum: what a malicious file is made of. */
std::string framed(std::uint32_t type, const std::string &payload)
{
	auto number = [](std::uint32_t value) {
		return std::string{static_cast<char>(value), static_cast<char>(value >> 8),
				   static_cast<char>(value >> 16), static_cast<char>(value >> 24)};
	};
	const std::string head = number(type) + number(static_cast<std::uint32_t>(payload.size()));
	std::uint32_t crc = ~0u;

	for (char byte : head + payload) {
		crc ^= static_cast<unsigned char>(byte);
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return head + number(~crc) + payload;
}

std::string number_of_snapshots(std::size_t count)
{
	return std::to_string(count) + (count == 1 ? " snapshot " : " snapshots ") + "before it";
}

TEST(recording, ComesBackAsItWasWritten)
{
	contents whole = read(small_file());

	ASSERT_EQ(whole.runs.size(), 1u);
	EXPECT_EQ(json(whole.runs[0]), json(made_run()));
	EXPECT_TRUE(whole.runs[0].ended);
	EXPECT_EQ(whole.seconds, (std::vector<double>{0, 1, 2}));
	EXPECT_EQ(whole.captured[2], to_capture(made_snapshot(2).snapshot));
	EXPECT_TRUE(whole.remarks.empty());
}

TEST(recording, HoldsAllThatACaptureHolds)
{
	for (const char *kernel : {"6.12", "7.3"}) {
		std::ifstream file(std::string(VMALOCK_TEST_DATA "/model/data/") + kernel + ".jsonl");
		std::string bytes = file_header() + encoded(frame_type::run, made_run());
		std::vector<std::string> wanted;

		for (snapshot &snapshot : read_capture(file)) {
			wanted.push_back(to_capture(snapshot));
			bytes += encoded(frame_type::snapshot, recorded_snapshot{0, std::move(snapshot)});
		}
		ASSERT_GE(wanted.size(), 3u);
		EXPECT_EQ(read(bytes).captured, wanted);
	}
}

TEST(recording, CutAnywhereOpensUpToTheCut)
{
	const std::string file = small_file();
	const std::vector<std::size_t> ends = ends_of(file);

	for (std::size_t length = 0; length < header; length++)
		EXPECT_EQ(why_not(file.substr(0, length)), "a.rec: it is no recording of vmalock");
	for (std::size_t length = header; length < file.size(); length++) {
		contents cut = read(file.substr(0, length));
		const auto frames = static_cast<std::size_t>(
			std::ranges::count_if(ends, [&](std::size_t end) { return end <= length; }));
		const std::size_t snapshots = frames ? frames - 1 : 0;
		const bool between = length == header || std::ranges::count(ends, length);

		ASSERT_EQ(cut.seconds.size(), snapshots) << "cut to " << length;
		ASSERT_EQ(cut.runs.size(), frames ? 1u : 0u) << "cut to " << length;
		if (between)
			EXPECT_EQ(cut.mentions("was killed"), frames > 0) << "cut to " << length;
		else
			EXPECT_TRUE(cut.mentions("the file ends inside of it") &&
				    cut.mentions(number_of_snapshots(snapshots)) &&
				    cut.mentions("byte " + std::to_string(frames ? ends[frames - 1] : header)))
				<< "cut to " << length << ": " << testing::PrintToString(cut.remarks);
	}
}

/** Each bit of each byte: the file is refused, the flip is said, or nothing changed. */
TEST(recording, NoFlippedBitGoesUnnoticed)
{
	const std::string file = small_file();
	const contents whole = read(file);

	for (std::size_t at = 0; at < file.size(); at++)
		for (int bit = 0; bit < 8; bit++) {
			std::string flipped = file;

			flipped[at] = static_cast<char>(flipped[at] ^ 1 << bit);
			if (at < header - 4) {
				EXPECT_NE(why_not(flipped), "it was read") << "byte " << at;
				continue;
			}
			contents read = test::read(flipped);
			if (at < header)	// the minor version, which changes nothing
				EXPECT_EQ(read.captured, whole.captured) << "byte " << at;
			else
				EXPECT_TRUE(read.mentions("is damaged or cut")) << "byte " << at;
			EXPECT_LE(read.captured.size(), whole.captured.size());
			EXPECT_TRUE(std::equal(read.captured.begin(), read.captured.end(),
					       whole.captured.begin())) << "byte " << at;
		}
}

TEST(recording, OfANewerMajorVersionIsRefused)
{
	std::string file = small_file();

	file[recording_magic.size()]++;
	EXPECT_EQ(why_not(file), "a.rec: it is a recording of version 2, and this vmalock reads version 1: "
				 "use a newer one");
}

TEST(recording, FramesOfANewerMinorVersionAreSkippedAndSaid)
{
	std::string file = small_file();
	const std::size_t end = ends_of(file)[1];

	file[recording_magic.size() + 4]++;
	file.insert(end, framed(17, "anything"));
	contents read = test::read(file);
	EXPECT_EQ(read.captured, test::read(small_file()).captured);
	EXPECT_TRUE(read.mentions("1 frame of a kind that this version does not know is left out"));
}

TEST(recording, ARunWithoutItsEndIsSaid)
{
	const std::string file = small_file();
	contents killed = read(file.substr(0, ends_of(file)[3]));

	EXPECT_EQ(killed.seconds.size(), 3u);
	EXPECT_TRUE(killed.mentions("the run on here was killed, or is not over"));
}

TEST(recording, AFrameThatCompressesIsSmaller)
{
	json long_text = std::string(2'000, 'a');

	EXPECT_LT(encoded(frame_type::run, long_text).size(), 100u);
	EXPECT_EQ(encoded(frame_type::run, "a").size(), 12u + 2u) << "what would grow is left as it is";
	std::istringstream stream(encoded(frame_type::run, long_text));
	std::uint64_t at = 0;
	EXPECT_EQ(decoded(*read_frame(stream, at)), long_text);
}

/** What read() makes of a frame that stands behind a first snapshot. */
std::string damage_by(const std::string &frame)
{
	const std::string file = small_file();
	contents read = test::read(file.substr(0, ends_of(file)[1]) + frame + file.substr(ends_of(file)[1]));

	EXPECT_EQ(read.seconds.size(), 1u);
	return read.remarks.empty() ? "nothing" : read.remarks[0];
}

#define EXPECT_DAMAGE(frame, words) EXPECT_NE(damage_by(frame).find(words), std::string::npos) << damage_by(frame)

TEST(recording, HostileLengthsAreDamage)
{
	const std::string zeros(8, '\0');

	EXPECT_DAMAGE(std::string("\2\0\0\0\xff\xff\xff\xff", 8) + zeros, "its length cannot be true");
	EXPECT_DAMAGE(std::string("\2\0\0\0\0\0\0\4", 8) + zeros, "the file ends inside of it");
	// Inflates, it says, to 4 GiB, to more than deflate can make of it, and to other than it does.
	EXPECT_DAMAGE(framed(0x80000002, "\xff\xff\xff\xff" + zeros), "its length when inflated");
	EXPECT_DAMAGE(framed(0x80000002, std::string("\0\0\x10\0", 4) + zeros), "its length when inflated");
	EXPECT_DAMAGE(framed(0x80000002, std::string("\x10\0\0\0", 4) + zeros), "cannot be inflated");
	EXPECT_DAMAGE(framed(0x80000002, "\1"), "its length when inflated");
}

std::string damage_by_run(const std::string &frame)
{
	const contents read = test::read(file_header() + frame);

	EXPECT_EQ(read.runs.size(), 0u);
	return read.remarks.empty() ? "nothing" : read.remarks[0];
}

#define EXPECT_DAMAGED_RUN(frame, words) EXPECT_NE(damage_by_run(frame).find(words), std::string::npos) << damage_by_run(frame)

/** As any program could write it. */
std::string compressed(const json &content)
{
	std::string plain, packed;

	json::to_cbor(content, plain);
	uLongf size = compressBound(plain.size());
	packed.resize(4 + size);
	for (int byte = 0; byte < 4; byte++)
		packed[static_cast<std::size_t>(byte)] = static_cast<char>(plain.size() >> 8 * byte);
	compress(reinterpret_cast<Bytef *>(packed.data() + 4), &size, reinterpret_cast<const Bytef *>(plain.data()), plain.size());
	packed.resize(4 + size);
	return framed(0x80000001, packed);
}

TEST(recording, ByteOfAFileBecomesNeitherMuchTextNorManyItems)
{
	recorded_run run = made_run();
	std::mt19937 random(1);
	std::string noise(1000, ' ');

	for (char &letter : noise)
		letter = static_cast<char>('a' + random() % 26);
	run.arguments = {std::string(4000, 'a'), std::string(4000, 'a'), noise};
	EXPECT_EQ(read(file_header() + compressed(run)).runs.size(), 1u);
	run.arguments.assign(200, std::string(4000, 'a'));
	EXPECT_DAMAGED_RUN(compressed(run), "its length when inflated");
	run.arguments.assign(4000, "");
	run.arguments.push_back(noise);
	EXPECT_EQ(read(file_header() + compressed(run)).runs.size(), 1u);
	json many = run;
	many["other"] = json(std::vector<int>(60000));
	EXPECT_DAMAGED_RUN(compressed(many), "too many items");
	// What would be refused is stored as it is.
	run.arguments.assign(200, std::string(4000, 'a'));
	const contents same = read(file_header() + encoded(frame_type::run, run));
	ASSERT_EQ(same.runs.size(), 1u);
	EXPECT_EQ(same.runs[0].arguments, run.arguments);
	const std::string stored = encoded(frame_type::run, many);
	std::istringstream stream(stored);
	std::uint64_t at = 0;
	EXPECT_EQ(decoded(*read_frame(stream, at)), many);
}

TEST(recording, WhatIsCopiedIntoManyRowsIsShort)
{
	recorded_run run = made_run();

	// What is for people only is cut, and costs nobody the rest.
	run.host.assign(257, 'a');
	run.arguments.assign(4097, "");
	run.arguments[0].assign(5000, 'a');
	const contents all = read(file_header() + encoded(frame_type::run, run));
	ASSERT_EQ(all.runs.size(), 1u);
	EXPECT_EQ(all.runs[0].host, std::string(256, 'a'));
	run.arguments.resize(4096);
	run.arguments[0].resize(4096);
	EXPECT_EQ(all.runs[0].arguments, run.arguments);
	recorded_snapshot snapshot = made_snapshot(1);
	snapshot.snapshot.writers.emplace().kernel_stacks = {{1, std::vector<std::string>(128, "f")}};
	EXPECT_EQ(read(small_file() + encoded(frame_type::snapshot, snapshot)).seconds.size(), 4u);
	snapshot.snapshot.writers->kernel_stacks[0].functions.emplace_back("f");
	EXPECT_DAMAGE(encoded(frame_type::snapshot, snapshot), "a stack of 129");
	snapshot = made_snapshot(1);
	snapshot.snapshot.waits.emplace().emplace_back().in_the_way.emplace_back().user_stack.assign(129, 1);
	EXPECT_DAMAGE(encoded(frame_type::snapshot, snapshot), "a stack of 129");
	snapshot = made_snapshot(1);
	snapshot.snapshot.standing = made_standing();
	snapshot.snapshot.standing->stalls[0].writer->stack.assign(129, "f");
	EXPECT_DAMAGE(encoded(frame_type::snapshot, snapshot), "a stack of 129");
}

TEST(recording, SecondsThatNoRunHasAreDamage)
{
	json snapshot = made_snapshot(1);

	snapshot["snapshot"]["seconds"] = 2147483647;
	EXPECT_EQ(read(small_file() + encoded(frame_type::snapshot, snapshot)).seconds.size(), 4u);
	snapshot["snapshot"]["seconds"] = 2147483648;
	EXPECT_DAMAGE(encoded(frame_type::snapshot, snapshot), "a number out of range");
}

TEST(recording, OfManyKilledRunsSomeAreNamed)
{
	std::string file = file_header();

	for (int i = 0; i < 10; i++)
		file += encoded(frame_type::run, made_run("host" + std::to_string(i)));
	const contents all = read(file);
	EXPECT_EQ(all.remarks.size(), 9u);
	EXPECT_TRUE(all.mentions("so are 2 more runs"));
}

TEST(capture, NumbersFitWhereverTheyAreRead)
{
	std::string line = to_capture(made_snapshot(1).snapshot);
	const std::size_t at = line.find("\"retry\":2");
	ASSERT_NE(at, line.npos);
	line.replace(at, 9, "\"retry\":1e300");
	std::istringstream stream(line);
	EXPECT_THROW(read_capture(stream), std::runtime_error);
}

TEST(recording, FramesOutOfPlaceAreDamage)
{
	EXPECT_DAMAGE(encoded(frame_type::run, made_run()), "a run begins behind snapshots");
	EXPECT_DAMAGE(encoded(frame_type::snapshot, made_snapshot(1, 1)), "it is of no run");
	EXPECT_DAMAGE(encoded(frame_type::end, end_of(1)), "it is of no run");
	EXPECT_DAMAGE(encoded(frame_type::snapshot, json(7)), "snapshot");
	EXPECT_DAMAGE(framed(2, "\x61"), "ends too early");
}

std::string cbor_complaint(const std::string &bytes)
{
	try {
		check_cbor(bytes);
	} catch (const std::runtime_error &error) {
		return error.what();
	}
	return "";
}

TEST(cbor, OfASnapshotIsWithinTheLimits)
{
	for (const json &value : std::vector<json>{nullptr, true, false, 0, 23, 24, -1, -1000, 1 << 20,
						   ~0ull, 0.5, 1e-3, "text", std::string(300, 'x'),
						   json::array(), json::object(), {1, {2, {3}}}}) {
		std::string bytes;

		json::to_cbor(value, bytes);
		EXPECT_EQ(cbor_complaint(bytes), "") << value;
		EXPECT_NE(cbor_complaint(bytes + '\0'), "") << value;
		EXPECT_NE(cbor_complaint(bytes.substr(0, bytes.size() - 1)), "") << value;
	}
}

/** Each of these makes a decoder that recurses use up its stack. */
TEST(cbor, NestingIsBounded)
{
	const std::string deep(most_depth - 1, '\x81'), deeper(most_depth, '\x81');

	EXPECT_EQ(cbor_complaint(deep + '\0'), "");
	EXPECT_EQ(cbor_complaint(deeper + '\0'), "it is nested too deep");
	EXPECT_EQ(cbor_complaint(std::string(1 << 20, '\x81')), "it is nested too deep");
	EXPECT_EQ(cbor_complaint(std::string(1 << 20, '\x7f')), "it has an item without a length");
	EXPECT_EQ(cbor_complaint(std::string(1 << 20, '\x9f')), "it has an item without a length");
	EXPECT_EQ(cbor_complaint(std::string(1 << 20, '\xc1')), "it has a byte string or a tag");
}

TEST(cbor, CountsAreBoundedByTheBytes)
{
	EXPECT_EQ(cbor_complaint("\x9b\x7f\xff\xff\xff\xff\xff\xff\xff"), "it announces more items than it has bytes");
	EXPECT_EQ(cbor_complaint("\xbb\xff\xff\xff\xff\xff\xff\xff\xff"), "it announces more items than it has bytes");
	EXPECT_EQ(cbor_complaint("\x7b\xff\xff\xff\xff\xff\xff\xff\xff"), "it ends too early");
	EXPECT_EQ(cbor_complaint("\x41x"), "it has a byte string or a tag");
	EXPECT_EQ(cbor_complaint("\xf7"), "it has a simple value of no known meaning");
}

TEST(cbor, HasNoMoreItemsThanTheLimit)
{
	auto list_of = [](std::size_t count) {
		return std::string{'\x9a', static_cast<char>(count >> 24), static_cast<char>(count >> 16),
				   static_cast<char>(count >> 8), static_cast<char>(count)} +
		       std::string(count, '\0');
	};

	EXPECT_EQ(cbor_complaint(list_of(most_items - 1)), "");
	EXPECT_EQ(cbor_complaint(list_of(most_items)), "it has too many items");
}

/** A cast of such a number to an integer would be undefined. */
TEST(cbor, NumbersFitWhereverTheyAreRead)
{
	for (double value : {1e300, -1.0, 0x1p31, std::numeric_limits<double>::infinity(),
			     std::numeric_limits<double>::quiet_NaN()}) {
		std::string bytes;

		json::to_cbor(value, bytes);
		if (bytes[0] == '\xf9')		// how the library writes what is no number
			EXPECT_EQ(cbor_complaint(bytes), "it has a simple value of no known meaning");
		else
			EXPECT_EQ(cbor_complaint(bytes), "it has a number out of range") << value;
	}
}

} // namespace
} // namespace vmalock::test
