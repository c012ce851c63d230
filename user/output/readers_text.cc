// SPDX-License-Identifier: GPL-2.0-only
#include "output/readers.hh"

namespace vmalock {

/** The writers that waited longest in total; below each, the readers that blocked it. */
void add_waits(buffer &out, const writer_waits &waits, std::size_t rows)
{
	line(out, "");
	if (waits.empty()) {
		line(out, "No writer waited for readers of a mapping.");
		return;
	}
	line(out, "Writers that waited for readers of a mapping (readers seen asleep, or the last):");
	line(out, "{:<16} {:>9} {:<19} {:>8} {:>11} {:>11}", "WRITER", "PID", "SYSTEM CALL",
	     "WAITS", "MEDIAN <", "LONGEST <");
	for (std::size_t i = 0; i < rows_shown(waits.size(), rows); i++) {
		const waiting_writer &writer = waits[i];
		std::size_t shown = 0;

		line(out, "{:<16} {:>9} {:<19} {:>8} {:>11} {:>11}", printable(writer.name, 16),
		     id_in_words(writer.id.pid), writer.system_call.empty() ? "(none)" : writer.system_call,
		     grouped(writer.count), duration(median_below(writer.waits)),
		     duration(longest_below(writer.waits)));
		if (writer.go_on)
			line(out, "  still waiting, {} so far", duration(writer.ns));
		for (const reader_row &reader : writer.in_the_way) {
			if (!reader.held || (shown++ >= rows && rows))
				continue;
			line(out, "  {:<16} {:>7} {:<34} {:>6} {:>11}", printable(reader.name, 16),
			     reader.tid, printable(reader.what, 34), grouped(reader.count),
			     duration(reader.ns));
			line(out, "    {}, in {:x}-{:x} {}", key_of(reader.grade), reader.vm_start,
			     reader.vm_end, reader.mapping.empty() ? "" : printable(reader.mapping, 28));
		}
		if (const std::string left_out = rest(shown, rows); !left_out.empty())
			line(out, "  {}", left_out);
		if (writer.unknown)
			line(out, "  {} of {} readers are unknown", grouped(writer.unknown),
			     grouped(writer.readers));
	}
	add_rest(out, waits.size(), rows);
}

} // namespace vmalock
