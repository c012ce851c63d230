// SPDX-License-Identifier: GPL-2.0-only
#include "recording/writer.hh"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

#include "output/stream.hh"
#include "recording/content.hh"

namespace vmalock {

namespace {

/** A file with something in it. */
bool holds_something(const std::string &path)
{
	std::error_code none;

	return std::filesystem::is_regular_file(path, none) && std::filesystem::file_size(path, none);
}

} // namespace

void check_replaceable(const std::string &path)
{
	if (!holds_something(path))
		return;
	std::ifstream stream(path, std::ios::binary);
	std::string first(recording_magic.size(), '\0');

	stream.read(first.data(), static_cast<std::streamsize>(first.size()));
	if (first != recording_magic)
		throw std::runtime_error(path + " exists and is not a vmalock recording: choose another file with -o");
}

recording_writer::recording_writer(int file, std::string name) : name(std::move(name)), file(file)
{
	struct stat status;

	if (!fstat(file, &status) && S_ISREG(status.st_mode))
		before = static_cast<std::uint64_t>(status.st_size);
	put(file_header());
}

/** A frame that has no room on the disk is taken back. */
void recording_writer::put(const std::string &bytes)
{
	for (std::size_t done = 0; done < bytes.size();) {
		const ssize_t count = write(file, bytes.data() + done, bytes.size() - done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0) {
			const int error = errno;

			(void)!ftruncate(file, static_cast<off_t>(before + written));
			errno = error;
			throw cannot("write " + name);
		}
		done += static_cast<std::size_t>(count);
	}
	written += bytes.size();
}

void recording_writer::add(const recorded_run &run)
{
	put(encoded(frame_type::run, run));
}

void recording_writer::add(const recorded_snapshot &snapshot)
{
	put(encoded(frame_type::snapshot, snapshot));
}

void recording_writer::end(std::size_t run)
{
	put(encoded(frame_type::end, end_of(run)));
}

} // namespace vmalock
