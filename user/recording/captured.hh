// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The parts of a snapshot as they are stored: in a line of a capture, in a frame of a
 * recording. See docs/recording.md.
 */
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/process_id.hh"
#include "model/process_times.hh"
#include "model/readers.hh"
#include "model/user_frame.hh"
#include "model/wait_chains.hh"
#include "model/writers.hh"

namespace vmalock {

struct snapshot;

/** @name What nlohmann's library calls; from_json() throws std::exception at what is no such thing. */
///@{
void to_json(nlohmann::json &out, const snapshot &snapshot);
void from_json(const nlohmann::json &in, snapshot &snapshot);
void to_json(nlohmann::json &out, const process_id &id);
void from_json(const nlohmann::json &in, process_id &id);
void to_json(nlohmann::json &out, const user_frame &frame);
void from_json(const nlohmann::json &in, user_frame &frame);
void to_json(nlohmann::json &out, const writer_counts &counts);
void from_json(const nlohmann::json &in, writer_counts &counts);
void to_json(nlohmann::json &out, const waiting_writer &row);
void from_json(const nlohmann::json &in, waiting_writer &row);
void to_json(nlohmann::json &out, const stall_report &report);
void from_json(const nlohmann::json &in, stall_report &report);
///@}

/** Times by process; those of what has no name here are left out. */
std::vector<process_time> stored_times(const nlohmann::json &in);
nlohmann::json stored(const std::vector<process_time> &times);

/**
 * @name Values of enumerations.
 * They are stored by their keys, since numbers change. Before version 4 numbers were
 * stored; which key each of them stood for is known here and does not change.
 */
///@{

template <class Enumeration>
std::string stored_key(Enumeration value);

/** The key that is stored. @throw std::exception if it is neither a key nor such a number. */
template <class Enumeration>
std::string key_of(const nlohmann::json &in);

/**
 * The value of a stored key. One that has no name here, for a newer vmalock wrote it,
 * is the number behind the last, which shows as "unknown", and is noted.
 */
template <class Enumeration>
Enumeration with_stored_key(std::string_view key);

/** Both. */
template <class Enumeration>
Enumeration stored_value(const nlohmann::json &in)
{
	return with_stored_key<Enumeration>(key_of<Enumeration>(in));
}

/** What was noted in this thread, and how much of it at most: a file may hold anything. */
std::set<std::string> &noted_unknown();
constexpr std::size_t most_noted = 12;
///@}

} // namespace vmalock
