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
	if (servers.empty())
		return {std::string(in_fuse), std::string(sleep_place_in(task.stack).what_to_do)};

	const std::string first = fmt::format("{}/{}", servers.front().name, servers.front().pid);
	sleep_reason result;
	result.why = fmt::format("{}, served by {}", in_fuse, first);
	if (servers.size() > 1)
		result.why += fmt::format(" or {} more", servers.size() - 1);
	else if (waits_here(look, servers.front(), mm))
		result.why += ", which waits here too";
	result.what_to_do = fmt::format("Look at {}. To fail all its requests, write 1 to "
					"/sys/fs/fuse/connections/{}/abort.",
					first, connection);
	return result;
}

} // namespace vmalock
