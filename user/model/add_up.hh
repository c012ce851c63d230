// SPDX-License-Identifier: GPL-2.0-only
/** @file Rows that are alike. */
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace vmalock {

/** Of rows that have a number and a time. */
template <class Row>
void add_counts(Row &sum, const Row &row)
{
	sum.count += row.count;
	sum.ns += row.ns;
}

/**
 * Make one row of those that are alike, in the place of the first. However many there
 * are: none is looked for among all others.
 * @param key what they are alike by, compared with <
 * @param add adds a row to one that is alike, and leaves its key as it is
 */
template <class Row>
void add_up(std::vector<Row> &rows, const auto &key, const auto &add)
{
	std::vector<std::size_t> order(rows.size());
	std::vector<bool> is_added(rows.size());

	std::iota(order.begin(), order.end(), std::size_t{0});
	std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(rows[a]) < key(rows[b]); });
	for (std::size_t i = 1, first = 0; i < order.size(); i++) {
		Row &one = rows[order[first]], &row = rows[order[i]];

		if (!(key(one) == key(row))) {
			first = i;
			continue;
		}
		add(one, std::move(row));
		is_added[order[i]] = true;
	}
	std::size_t at = 0;
	std::erase_if(rows, [&](const Row &) { return is_added[at++]; });
}

} // namespace vmalock
