// SPDX-License-Identifier: GPL-2.0-only
#include "collect/namer.hh"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>

#include "collect/namer_process.hh"

namespace vmalock {

namespace {

std::uint64_t next_number()
{
	static std::atomic<std::uint64_t> last = 0;

	return ++last;
}

/** Who is silent for so much longer than an answer may take is not waited for. */
constexpr std::chrono::seconds grace{5};
/** Answers to questions of before: of such that their namers seemed to have died of. */
constexpr int most_stale = 16;

/** @return its size, 0 if there is nobody any more, or nobody who answers in time */
std::size_t receive_message(int messages, void *to, std::size_t size)
{
	ssize_t length;

	do {
		length = recv(messages, to, size, 0);
	} while (length < 0 && errno == EINTR);
	return static_cast<std::size_t>(std::max<ssize_t>(length, 0));
}

/** Whoever wrote it may be in the power of a file. */
bool is_whole(const name_answer &answer, std::size_t size)
{
	constexpr std::size_t head = offsetof(name_answer, text);

	return size >= head && answer.function_size <= longest_function &&
	       answer.build_id_size <= longest_build_id &&
	       size == head + answer.function_size + answer.build_id_size;
}

} // namespace

named_file::named_file(descriptor file, names_format format)
	: file(std::move(file)), format(format), number(next_number())
{
}

namer::namer(const namer_limits &limits)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		throw std::runtime_error(std::string("cannot talk to a namer: ") + std::strerror(errno));
	messages = descriptor(ends[0]);
	const timeval patience{(limits.elapsed + grace).count(), 0};
	for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
		setsockopt(messages.get(), SOL_SOCKET, option, &patience, sizeof(patience));
	const descriptor its(ends[1]);
	const pid_t process = fork();
	if (process < 0)
		throw std::runtime_error(std::string("cannot make a process that names functions: ") +
					 std::strerror(errno));
	if (!process)
		serve_names(its.get(), limits);
}

std::optional<found_name> namer::look_up(named_file &file, std::uint64_t address)
{
	found_name result;

	if (file.harmful)
		return std::nullopt;
	// What one may have died of that had read others, the next one is asked first of all.
	for (int attempt = 0; attempt < 2; attempt++)
		switch (ask(file, address, result)) {
		case outcome::answered:
			return result;
		case outcome::has_no_file:
		case outcome::none:
			return std::nullopt;
		case outcome::died:
			break;
		}
	file.harmful = true;
	return std::nullopt;
}

namer::outcome namer::ask(named_file &file, std::uint64_t address, found_name &out)
{
	if (!messages || !send(file, address)) {
		messages = descriptor();
		return outcome::none;
	}
	file.known_to = current;
	return receive(out);
}

/** With the file, if this namer does not have it. */
bool namer::send(const named_file &file, std::uint64_t address)
{
	name_question question{++questions, file.number, address, file.format};
	iovec part{&question, sizeof(question)};
	alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
	msghdr message{};

	message.msg_iov = &part;
	message.msg_iovlen = 1;
	if (file.known_to != current) {
		message.msg_control = room;
		message.msg_controllen = sizeof(room);
		cmsghdr *const header = CMSG_FIRSTHDR(&message);
		const int number = file.file.get();

		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(number));
		std::memcpy(CMSG_DATA(header), &number, sizeof(number));
	}
	ssize_t length;
	do {
		length = sendmsg(messages.get(), &message, MSG_NOSIGNAL);
	} while (length < 0 && errno == EINTR);
	return length == sizeof(question);
}

namer::outcome namer::receive(found_name &out)
{
	name_answer answer;

	for (int stale = 0;; stale++) {
		const std::size_t size = receive_message(messages.get(), &answer, sizeof(answer));

		if (size == 1) {
			current++;
			return outcome::died;
		}
		if (!is_whole(answer, size) || stale == most_stale) {
			messages = descriptor();
			return outcome::none;
		}
		// Of a question that its namer had died of, or so it seemed.
		if (answer.id == questions)
			break;
	}
	if (answer.flags & answer_is_last)
		wait_for_next();
	if (!(answer.flags & answer_has_file))
		return outcome::has_no_file;
	out.image_offset = answer.flags & answer_has_image_offset ? std::optional(answer.image_offset)
								  : std::nullopt;
	out.function.assign(answer.text, answer.function_size);
	out.build_id.assign(answer.text + answer.function_size, answer.build_id_size);
	return outcome::answered;
}

/** So that its end is not taken for an answer. */
void namer::wait_for_next()
{
	char died;

	if (receive_message(messages.get(), &died, sizeof(died)) == 1)
		current++;
	else
		messages = descriptor();
}

} // namespace vmalock
