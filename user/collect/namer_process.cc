// SPDX-License-Identifier: GPL-2.0-only
#include "collect/namer_process.hh"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <variant>

#include "collect/confinement.hh"
#include "collect/elf_file.hh"
#include "collect/perf_map.hh"

namespace vmalock {

namespace {

/** The tool has ended, or wants no more. */
constexpr int is_done = 0;
/** A new one begins with all memory. */
constexpr int is_full = 1;

/** Each is open: a process may have a thousand. */
constexpr std::size_t most_files = 256;
/** In all, even if what it reads has got it into its power. */
constexpr rlim_t most_processor_seconds = 3600;

/** A file that was read; the first if it is not of its format. */
using names = std::variant<std::monostate, elf_file, perf_map>;

void look_up(std::monostate, std::uint64_t, found_name &) {}

void look_up(const elf_file &elf, std::uint64_t address, found_name &out)
{
	out.build_id = elf.build_id();
	out.image_offset = elf.image_offset(address);
	if (out.image_offset)
		out.function = elf.function_at(*out.image_offset);
}

void look_up(const perf_map &map, std::uint64_t address, found_name &out)
{
	out.function = map.function_at(address);
}

descriptor open_statm()
{
	return descriptor(open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
}

names read_names(descriptor file, names_format format)
{
	if (format == names_format::perf_map)
		return perf_map(file);
	try {
		return elf_file(file.release());
	} catch (const std::runtime_error &) {
		return {};  // a file of data, or of code made at run time
	}
}

/** One that answers, until it dies of what it reads. */
class worker {
public:
	worker(int messages, const namer_limits &limits)
		: messages(messages), limits(limits), memory_at_begin(memory())
	{
		limit(RLIMIT_AS, memory_at_begin + limits.bytes);
		limit(RLIMIT_CORE, 0);
		limit(RLIMIT_FSIZE, 0);
		limit(RLIMIT_CPU, most_processor_seconds);
		read_only();
	}

	[[noreturn]] void work()
	{
		name_question question;

		for (descriptor file; receive(question, file); file = descriptor()) {
			time(limits.processor, limits.elapsed);
			name_answer answer = answer_to(question, std::move(file));
			const bool full = memory() > memory_at_begin + limits.bytes / 2 || files.size() > most_files;

			if (full)
				answer.flags |= answer_is_last;
			send(answer);
			time({}, {});
			if (full)
				_exit(is_full);
		}
		_exit(is_done);
	}

private:
	/** Of the address space, which is what RLIMIT_AS limits. */
	std::uint64_t memory() const
	{
		char text[64] = {};

		if (pread(statm.get(), text, sizeof(text) - 1, 0) <= 0)
			return 0;
		return std::strtoull(text, nullptr, 10) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
	}

	static void limit(__rlimit_resource what, rlim_t most)
	{
		const rlimit limit{most, most};

		setrlimit(what, &limit);
	}

	/** SIGPROF and SIGALRM end it when that is over. */
	static void time(std::chrono::seconds processor, std::chrono::seconds elapsed)
	{
		const itimerval used{{}, {processor.count(), 0}}, gone_by{{}, {elapsed.count(), 0}};

		setitimer(ITIMER_PROF, &used, nullptr);
		setitimer(ITIMER_REAL, &gone_by, nullptr);
	}

	/** @return whether there is somebody who asks */
	bool receive(name_question &question, descriptor &file) const
	{
		iovec part{&question, sizeof(question)};
		alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))];
		msghdr message{};

		message.msg_iov = &part;
		message.msg_iovlen = 1;
		message.msg_control = room;
		message.msg_controllen = sizeof(room);
		if (recvmsg(messages, &message, MSG_CMSG_CLOEXEC) != sizeof(question))
			return false;
		if (message.msg_flags & MSG_CTRUNC)
			_exit(is_full);
		const cmsghdr *const header = CMSG_FIRSTHDR(&message);
		if (header && header->cmsg_type == SCM_RIGHTS) {
			int number;

			std::memcpy(&number, CMSG_DATA(header), sizeof(number));
			file = descriptor(number);
		}
		return true;
	}

	name_answer answer_to(const name_question &question, descriptor file)
	{
		name_answer answer{};
		found_name found;

		answer.id = question.id;
		if (file && !files.contains(question.file))
			files.emplace(question.file, read_names(std::move(file), question.format));
		const auto known = files.find(question.file);
		if (known == files.end() || std::holds_alternative<std::monostate>(known->second))
			return answer;
		std::visit([&](const auto &read) { look_up(read, question.address, found); }, known->second);
		answer.flags = answer_has_file;
		if (found.image_offset) {
			answer.flags |= answer_has_image_offset;
			answer.image_offset = *found.image_offset;
		}
		found.function.resize(std::min(found.function.size(), longest_function));
		found.build_id.resize(std::min(found.build_id.size(), longest_build_id));
		answer.function_size = static_cast<std::uint16_t>(found.function.size());
		answer.build_id_size = static_cast<std::uint16_t>(found.build_id.size());
		std::ranges::copy(found.function, answer.text);
		std::ranges::copy(found.build_id, answer.text + found.function.size());
		return answer;
	}

	void send(const name_answer &answer) const
	{
		::send(messages, &answer, offsetof(name_answer, text) + answer.function_size + answer.build_id_size,
		       MSG_NOSIGNAL);
	}

	const descriptor statm = open_statm();
	const int messages;
	const namer_limits limits;
	const std::uint64_t memory_at_begin;
	std::map<std::uint64_t, names> files;
};

} // namespace

/*
 * Of two processes the first reads nothing that others have made, and so is there to make
 * the second one again. It says so before, for nobody to wait for an answer of the dead.
 */
void serve_names(int messages, const namer_limits &limits) noexcept
{
	become_nobody("vmalock namer", messages);
	for (;;) {
		int status = 0;
		const pid_t process = fork();
		if (process == 0)
			worker(messages, limits).work();
		if (process < 0 || waitpid(process, &status, 0) != process ||
		    (WIFEXITED(status) && WEXITSTATUS(status) == is_done) ||
		    send(messages, &namer_has_died, sizeof(namer_has_died), MSG_NOSIGNAL) != 1)
			_exit(0);
	}
}

} // namespace vmalock
