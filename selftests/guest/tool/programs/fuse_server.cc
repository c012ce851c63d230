// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * fuse_server - a FUSE file system that waits for itself.
 *
 *   fuse_server FOLDER
 *
 * Mounts a file system with one file on FOLDER and serves it by a thread of its own. It
 * maps the file, stores to a page, and has it written. That request is never answered: a
 * second store to the page sleeps with the lock of the VMA until it is. Prints who is who
 * as shell variables, and "ready" when it sleeps. Then each line of standard input is
 * something to do:
 *
 *   munmap	the serving thread unmaps a part of the mapping, before it answers
 *   mmap	the first thread maps memory
 *
 * When the input ends, so does the process.
 */
#include <atomic>
#include <cerrno>
#include <cstring>
#include <linux/fuse.h>
#include <string>
#include <string_view>
#include <sys/mount.h>
#include <sys/stat.h>

#include "mapping.hh"
#include "sleeper.hh"

namespace {

constexpr std::size_t pages = 4;
constexpr std::uint64_t folder_node = FUSE_ROOT_ID, file_node = 2;
/** Of attributes and names, in seconds: for ever. */
constexpr std::uint64_t valid = 1'000'000;

class file_system {
public:
	explicit file_system(const char *folder)
	{
		const std::string options = "fd=" + std::to_string(device) + ",rootmode=40000,user_id=0,group_id=0";

		check(device >= 0, "/dev/fuse");
		check(mount("fuse_server", folder, "fuse", 0, options.c_str()) == 0, "mount");
	}

	/** Until the connection is aborted. @param unanswered is called with a request to write */
	template <class Unanswered>
	void serve(Unanswered unanswered)
	{
		alignas(fuse_in_header) static char request[1 << 18];

		for (;;) {
			const ssize_t length = read(device, request, sizeof(request));

			if (length < 0 && (errno == EINTR || errno == ENOENT || errno == EAGAIN))
				continue;
			if (length < 0)
				return;
			header = *reinterpret_cast<const fuse_in_header *>(request);
			answer(request + sizeof(header), unanswered);
		}
	}

private:
	template <class Unanswered>
	void answer(const char *arguments, Unanswered unanswered)
	{
		switch (header.opcode) {
		case FUSE_INIT: {
			fuse_init_out out = {};

			out.major = FUSE_KERNEL_VERSION;
			out.minor = 31;
			out.max_write = 1 << 16;
			reply(out);
			return;
		}
		case FUSE_LOOKUP: {
			fuse_entry_out out = {};

			out.nodeid = file_node;
			out.entry_valid = out.attr_valid = valid;
			out.attr = attributes(file_node);
			reply(out);
			return;
		}
		case FUSE_GETATTR:
		case FUSE_SETATTR: {
			fuse_attr_out out = {};

			out.attr_valid = valid;
			out.attr = attributes(header.nodeid);
			reply(out);
			return;
		}
		case FUSE_OPEN:
			reply(fuse_open_out());
			return;
		case FUSE_READ: {
			const std::string zeros(reinterpret_cast<const fuse_read_in *>(arguments)->size, '\0');

			send(0, zeros.data(), zeros.size());
			return;
		}
		case FUSE_WRITE: {
			fuse_write_out out = {};

			unanswered();
			out.size = reinterpret_cast<const fuse_write_in *>(arguments)->size;
			reply(out);
			return;
		}
		case FUSE_FORGET:
		case FUSE_BATCH_FORGET:
			return;
		default:
			send(-ENOSYS, nullptr, 0);
		}
	}

	static fuse_attr attributes(std::uint64_t node)
	{
		fuse_attr result = {};

		result.ino = node;
		result.mode = node == folder_node ? S_IFDIR | 0700 : S_IFREG | 0600;
		result.nlink = 1;
		result.size = pages * page_size;
		return result;
	}

	template <class Out>
	void reply(const Out &out)
	{
		send(0, &out, sizeof(out));
	}

	void send(int error, const void *data, std::size_t size)
	{
		fuse_out_header out = { static_cast<std::uint32_t>(sizeof(out) + size), error, header.unique };
		std::string message(reinterpret_cast<const char *>(&out), sizeof(out));

		message.append(static_cast<const char *>(data), size);
		// One that was aborted meanwhile takes no answer.
		static_cast<void>(!write(device, message.data(), message.size()));
	}

	const int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	fuse_in_header header = {};	///< of the request at hand
};

void wait_for(const std::atomic<bool> &what)
{
	while (!what)
		usleep(1000);
}

} // namespace

int main(int argc, char **argv)
{
	std::atomic<bool> is_written = false, unmaps = false;
	std::atomic<const mapping *> memory = nullptr;
	char line[64];

	check(argc == 2, "usage: fuse_server FOLDER");
	file_system files(argv[1]);
	sleeper serving([&] {
		files.serve([&] {
			is_written = true;
			wait_for(unmaps);
			munmap(const_cast<char *>(memory.load()->start) + page_size, page_size);
		});
	});
	const int file = open((std::string(argv[1]) + "/file").c_str(), O_RDWR | O_CLOEXEC);

	check(file >= 0, "file");
	const mapping pages_of_file(file, 0, pages);
	memory = &pages_of_file;
	sleeper storing([&] {
		wait_for(is_written);
		pages_of_file.fill(0);
	});
	check(mlockall(MCL_CURRENT) == 0, "mlockall");
	pages_of_file.fill(0);
	check(sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE) == 0, "sync_file_range");
	storing.wait_until_asleep();
	std::printf("pid=%d serving=%d storing=%d\nready\n", getpid(), serving.id(), storing.id());
	std::fflush(stdout);
	while (std::fgets(line, sizeof(line), stdin)) {
		const std::string_view word(line, std::strcspn(line, "\n"));

		if (word == "munmap")
			unmaps = true;
		else if (word == "mmap")
			mmap(nullptr, page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	}
	std::_Exit(0);
}
