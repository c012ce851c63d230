// SPDX-License-Identifier: GPL-2.0-only
/** @file /dev/vmalock_tcp as user space sees it. */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "memory.hh"
#include "module.hh"
#include "uapi/vmalock_tcp.h"

namespace guest {

inline const char *name(vmalock_tcp_status status)
{
	static const char *const names[VMALOCK_TCP_STATUS_NR] = {
		"DONE", "EMPTY", "SHORT_PIECE", "WHOLE_PAGE", "CLIPPED", "UNALIGNED", "HOLE",
		"FOREIGN", "PARTIAL", "BUSY", "FULL", "FAULT", "NO_MEMORY", "INTERRUPTED",
	};
	return status < VMALOCK_TCP_STATUS_NR ? names[status] : "?";
}

/** The byte at a position of any test's stream: no two pages are alike. */
inline unsigned char pattern(std::uint64_t position)
{
	return position * 0x9e3779b97f4a7c15 >> 56;
}

/** Can the byte be read? Asked of the kernel, so a "no" is no signal. */
inline bool readable(const void *address)
{
	int ends[2];
	expect(pipe2(ends, O_CLOEXEC) == 0, "pipe");
	const bool result = write(ends[1], address, 1) == 1;
	close(ends[0]);
	close(ends[1]);
	return result;
}

/** What RECEIVE said. */
struct received : vmalock_tcp_receive {
	bool is(vmalock_tcp_status wanted, std::uint64_t wanted_mapped,
		vmalock_tcp_status wanted_copy, std::uint64_t wanted_copied) const
	{
		return status == wanted && mapped == wanted_mapped && copy_status == wanted_copy &&
		       copied == wanted_copied;
	}
	bool operator==(const received &other) const
	{
		return status == other.status && mapped == other.mapped &&
		       copy_status == other.copy_status && copied == other.copied &&
		       recv_skip_hint == other.recv_skip_hint && inq == other.inq;
	}
	std::string text() const
	{
		return std::string(name(static_cast<vmalock_tcp_status>(status))) + " mapped " +
		       std::to_string(mapped) + ", " +
		       name(static_cast<vmalock_tcp_status>(copy_status)) + " copied " +
		       std::to_string(copied) + ", hint " + std::to_string(recv_skip_hint) +
		       ", queued " + std::to_string(inq);
	}
};

/** An open stream. It feeds the pattern and knows how far it has come. */
class tcp_stream {
public:
	tcp_stream() : fd(open("/dev/vmalock_tcp", O_RDWR | O_CLOEXEC))
	{
		expect(fd >= 0, std::string("/dev/vmalock_tcp: ") + std::strerror(errno));
	}
	~tcp_stream() { close(fd); }
	tcp_stream(const tcp_stream &) = delete;

	/** An ioctl that must not fail. */
	template <class Argument> void call(unsigned long command, Argument *argument) const
	{
		expect(ioctl(fd, command, argument) == 0,
		       std::string("ioctl: ") + std::strerror(errno));
	}

	vmalock_tcp_feed feed(const void *from, std::uint64_t bytes) const
	{
		vmalock_tcp_feed argument = {};
		argument.address = reinterpret_cast<std::uint64_t>(from);
		argument.bytes = bytes;
		call(VMALOCK_TCP_IOC_FEED, &argument);
		return argument;
	}

	/** The next bytes of the pattern, as far as they go in. */
	vmalock_tcp_status try_feed(std::uint64_t bytes)
	{
		std::vector<unsigned char> data(bytes);
		for (std::uint64_t byte = 0; byte < bytes; byte++)
			data[byte] = pattern(fed + byte);
		const vmalock_tcp_feed result = feed(data.data(), bytes);
		fed += result.fed;
		expect((result.status == VMALOCK_TCP_DONE) == (result.fed == bytes), "fed");
		return static_cast<vmalock_tcp_status>(result.status);
	}

	void feed(std::uint64_t bytes)
	{
		const vmalock_tcp_status status = try_feed(bytes);
		expect(status == VMALOCK_TCP_DONE, std::string("feed: ") + name(status));
	}

	/** Whatever comes, into memory that nobody is sure of. */
	received receive_into(std::uint64_t address, std::uint64_t length, std::uint64_t copybuf = 0,
			      std::uint64_t copybuf_len = 0, std::uint32_t flags = 0) const
	{
		received argument = {};
		argument.address = address;
		argument.length = length;
		argument.copybuf_address = copybuf;
		argument.copybuf_len = copybuf_len;
		argument.flags = flags;
		call(VMALOCK_TCP_IOC_RECEIVE, &argument);
		return argument;
	}

	/** Into a range, and a buffer of the size; the bytes must be the next ones. */
	received receive(void *address, std::uint64_t length, std::uint64_t copybuf_len = 0,
			 std::uint32_t flags = 0)
	{
		std::vector<unsigned char> copybuf(copybuf_len);
		const received result = receive_into(reinterpret_cast<std::uint64_t>(address), length,
						     reinterpret_cast<std::uint64_t>(copybuf.data()),
						     copybuf_len, flags);
		took(result, address, copybuf.data());
		return result;
	}

	/** The bytes were delivered: are they the next ones, and none too many? */
	void took(const received &result, const void *address, const void *copybuf)
	{
		expect(result.mapped <= result.length && result.copied <= result.copybuf_len,
		       "more than asked for: " + result.text());
		compare(static_cast<const unsigned char *>(address), result.mapped);
		compare(static_cast<const unsigned char *>(copybuf), result.copied);
		expect(result.inq == fed - taken, "bytes are lost: " + result.text());
	}

	vmalock_tcp_stats stats() const
	{
		vmalock_tcp_stats argument = {};
		call(VMALOCK_TCP_IOC_STATS, &argument);
		expect(argument.fed == argument.mapped + argument.copied + argument.queued,
		       "the sum of the bytes is wrong");
		return argument;
	}

	void set_way(vmalock_tcp_way way) const
	{
		vmalock_tcp_mode argument = { way, 0 };
		call(VMALOCK_TCP_IOC_MODE, &argument);
	}

	void fail(std::uint32_t nth) const
	{
		vmalock_tcp_fail argument = { nth, 0 };
		call(VMALOCK_TCP_IOC_FAIL, &argument);
	}

	const int fd;
	std::uint64_t fed = 0, taken = 0;	/**< bytes of the pattern */

private:
	void compare(const unsigned char *data, std::uint64_t bytes)
	{
		for (std::uint64_t byte = 0; byte < bytes; byte++, taken++)
			expect(data[byte] == pattern(taken),
			       "the byte at " + std::to_string(taken) + " is wrong");
	}
};

/** A mapping of a stream, with inaccessible pages around it. */
class tcp_mapping {
public:
	tcp_mapping(const tcp_stream &stream, std::uint64_t pages, int flags = MAP_SHARED)
		: around_(pages), bytes(around_.bytes), start(around_.start)
	{
		expect(mmap(address(), bytes, PROT_READ, flags | MAP_FIXED, stream.fd, 0) == address(),
		       std::string("mmap: ") + std::strerror(errno));
	}

	void *address(std::uint64_t page = 0) const { return around_.address(page); }

private:
	mapping around_;

public:
	const std::uint64_t bytes, start;
};

} // namespace guest
