// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Processes that have exited, added up by name once their own entries must make room,
 * and removed cgroups, by path. Pure.
 *
 * Such a sum is an entry like that of a process. For its id it has no number, and for its
 * start the number of the name in this run. A thread that is counted by itself is added
 * up under its own name. Of cgroups the sum's id is none that a cgroup can have.
 */
#pragma once

#include <map>
#include <set>
#include <string>

#include "model/snapshot.hh"

namespace vmalock {

/** What nothing is counted for any more. */
struct gone {
	std::set<process_id> exited{};		///< threads too
	std::set<std::uint64_t> removed{};	///< cgroups

	bool empty() const { return exited.empty() && removed.empty(); }
};

class exited_sums {
public:
	/**
	 * Add what @p now has of these to the sums. It is what the tables have, without the
	 * sums, and what these did is in it whole; the next one is to have nothing of them.
	 */
	void take(snapshot now, const gone &gone);

	/** Put the sums into @p now, which is what the tables have, for others to see. */
	void show_in(snapshot &now);

private:
	process_id id_for(const std::string &name);
	std::uint64_t cgroup_for(const std::string &path);
	std::uint32_t stack_for(const std::vector<std::string> &functions);
	std::string last_name(process_id id, std::string name);

	snapshot sums;
	std::map<std::string, process_id> ids;
	std::map<std::string, std::uint64_t> cgroups;	///< by path
	std::map<std::vector<std::string>, std::uint32_t> stacks;
	/** Names that a snapshot showed, and whether they have changed since a process was shown first. */
	struct shown_name {
		std::string name;
		bool changed = false;
	};
	std::map<process_id, shown_name> shown;
	/** Of those in the sums, where an earlier snapshot showed another one. */
	process_names last_names;
};

/** Have processes or cgroups been added up by then? */
bool has_sums(const snapshot &snapshot);

/**
 * The earlier of two snapshots of one run, with what had not exited then, and has been
 * added to the sums since, added to the sums.
 */
snapshot settled(const snapshot &before, const snapshot &after);

} // namespace vmalock
