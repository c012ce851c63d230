// SPDX-License-Identifier: GPL-2.0-only
#include "recording/frame.hh"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include "recording/cbor.hh"
#include "recording/limits.hh"

namespace vmalock {

namespace {

constexpr std::size_t head_size = 12;		///< type, length, checksum
constexpr std::size_t checked_size = 8;		///< the part of it that the checksum covers
constexpr std::uint32_t is_compressed = 1u << 31;	///< in the type

/**
 * What a byte of the file may become: bytes and items. Kernels' recordings have had 55
 * and 18. What would become more is stored as it is.
 */
constexpr std::size_t most_inflation = 128;
constexpr std::uint64_t most_items_of_byte = 32;

/** What there may be in so many bytes of the file. */
std::uint64_t most_items_in(std::size_t stored)
{
	return std::min(most_items, stored * most_items_of_byte);
}

const Bytef *bytes_of(std::string_view text)
{
	return reinterpret_cast<const Bytef *>(text.data());
}

void put_number(std::string &out, std::uint32_t number)
{
	for (int shift = 0; shift < 32; shift += 8)
		out.push_back(static_cast<char>(number >> shift));
}

std::uint32_t number_at(std::string_view bytes, std::size_t at)
{
	std::uint32_t result = 0;

	for (std::size_t i = 0; i < 4; i++)
		result |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << 8 * i;
	return result;
}

std::uint32_t checksum(std::string_view head, std::string_view payload)
{
	uLong result = crc32(0, bytes_of(head), checked_size);

	return static_cast<std::uint32_t>(crc32_z(result, bytes_of(payload), payload.size()));
}

/** Its length, and then what zlib makes of it. */
std::string deflated(std::string_view plain)
{
	std::string result;
	uLongf size = compressBound(plain.size());

	put_number(result, static_cast<std::uint32_t>(plain.size()));
	result.resize(4 + size);
	compress2(reinterpret_cast<Bytef *>(result.data() + 4), &size, bytes_of(plain), plain.size(),
		  Z_BEST_SPEED);
	result.resize(4 + size);
	return result;
}

std::string inflated(std::string_view packed)
{
	const std::size_t wanted = packed.size() < 4 ? most_payload + 1 : number_at(packed, 0);
	std::string result;
	uLongf size = wanted;

	if (wanted > most_payload || wanted > packed.size() * most_inflation)
		throw damaged_frame("its length when inflated cannot be true");
	result.resize(wanted);
	if (uncompress(reinterpret_cast<Bytef *>(result.data()), &size, bytes_of(packed.substr(4)),
		       packed.size() - 4) != Z_OK || size != wanted)
		throw damaged_frame("it cannot be inflated");
	return result;
}

/** Up to @p count bytes, less where the file ends; room is made as they come. */
std::string read_bytes(std::istream &stream, std::size_t count)
{
	constexpr std::size_t step = 1 << 16;
	std::string result;

	while (result.size() < count && stream) {
		const std::size_t had = result.size(), more = std::min(step, count - had);

		result.resize(had + more);
		stream.read(result.data() + had, static_cast<std::streamsize>(more));
		result.resize(had + static_cast<std::size_t>(stream.gcount()));
	}
	return result;
}

} // namespace

std::string file_header()
{
	std::string result(recording_magic);

	put_number(result, recording_major);
	put_number(result, recording_minor);
	return result;
}

void read_file_header(std::istream &stream)
{
	const std::string bytes = read_bytes(stream, file_header().size());

	if (!bytes.starts_with(recording_magic) || bytes.size() < file_header().size())
		throw std::runtime_error("it is no recording of vmalock");
	const std::uint32_t major = number_at(bytes, recording_magic.size());
	if (major != recording_major)
		throw std::runtime_error(fmt::format(
			"it is a recording of version {}, and this vmalock reads version {}: use {}",
			major, recording_major, major > recording_major ? "a newer one" : "the one that made it"));
}

std::string sealed(std::uint32_t type, std::string_view payload)
{
	std::string result;

	put_number(result, type);
	put_number(result, static_cast<std::uint32_t>(payload.size()));
	put_number(result, checksum(result, payload));
	return result.append(payload);
}

std::string encoded(frame_type type, const nlohmann::json &content)
{
	const auto number = static_cast<std::uint32_t>(type);
	std::string plain;

	nlohmann::json::to_cbor(content, plain);
	if (plain.size() > most_payload)
		throw std::length_error(fmt::format("a frame of {} bytes does not fit into a recording",
						    plain.size()));
	const std::uint64_t items = check_cbor(plain);
	const std::string packed = deflated(plain);
	const bool is_read = plain.size() <= packed.size() * most_inflation && items <= most_items_in(packed.size());
	return packed.size() < plain.size() && is_read ? sealed(number | is_compressed, packed)
						       : sealed(number, plain);
}

std::optional<frame> read_frame(std::istream &stream, std::uint64_t &at)
{
	const std::string head = read_bytes(stream, head_size);

	if (head.empty())
		return std::nullopt;
	if (head.size() < head_size)
		throw damaged_frame("the file ends inside of it");
	const std::uint32_t type = number_at(head, 0), length = number_at(head, 4);
	if (length > most_payload)
		throw damaged_frame("its length cannot be true");
	std::string payload = read_bytes(stream, length);
	if (payload.size() < length)
		throw damaged_frame("the file ends inside of it");
	if (checksum(head, payload) != number_at(head, checked_size))
		throw damaged_frame("its checksum is wrong");
	if (type & is_compressed)
		payload = inflated(payload);

	frame result{static_cast<frame_type>(type & ~is_compressed), std::move(payload), at, length};
	at += head_size + length;
	return result;
}

nlohmann::json decoded(const frame &frame)
{
	check_cbor(frame.content, most_items_in(frame.stored));
	nlohmann::json result = nlohmann::json::from_cbor(frame.content);

	limit(result);
	return result;
}

} // namespace vmalock
