// SPDX-License-Identifier: GPL-2.0-only
#include "model/fuse_servers.hh"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <set>

#include "model/sleep_places.hh"

namespace vmalock {

namespace {

/** On which it sleeps, 0: not known. */
std::uint32_t connection_of(const blocked_task &task)
{
	std::set<std::uint32_t> met;

	for (const met_vma &one : task.met_vmas)
		if (one.fuse_connection)
			met.insert(one.fuse_connection);
	return met.size() == 1 && !task.more_met ? *met.begin() : 0;
}

std::string name_of(const fuse_server &server)
{
	return fmt::format("{}/{}", server.name, server.pid);
}

/** For a lock of @p mm. */
bool waits_here(const blocked_look &look, const fuse_server &server, kernel_object mm)
{
	return std::ranges::any_of(look.tasks, [&](const blocked_task &task) {
		return task.pid == server.pid && task.waits_mm == mm;
	});
}

} // namespace

sleep_reason why_fuse_sleeps(const blocked_look &look, const blocked_task &task, kernel_object mm)
{
	const std::uint32_t connection = connection_of(task);
	std::vector<fuse_server> servers;

	std::ranges::copy_if(look.fuse_servers, std::back_inserter(servers), [&](const fuse_server &server) {
		return server.connection == connection;
	});
	// The one that answers may be where we do not see.
	if (servers.empty() || !look.not_visible.empty())
		return {std::string(in_fuse), std::string(sleep_place_in(task.stack).what_to_do)};

	auto waiting = std::ranges::find_if(servers, [&](const fuse_server &server) {
		return waits_here(look, server, mm);
	});
	sleep_reason result;
	std::string whom = "who has its device open";
	if (servers.size() == 1) {
		whom = name_of(servers.front());
		result.why = fmt::format("{}, likely served by {}", in_fuse, whom);
		if (waiting != servers.end())
			result.why += ", which waits here too";
	} else {
		result.why = fmt::format("{}, which {} processes can serve", in_fuse, servers.size());
		if (waiting != servers.end())
			result.why += fmt::format("; {} waits here too", name_of(*waiting));
	}
	result.what_to_do = fmt::format("Look at {}. To fail all requests of this file system, and lose what is "
					"not written, write 1 to /sys/fs/fuse/connections/{}/abort.",
					whom, connection);
	return result;
}

} // namespace vmalock
