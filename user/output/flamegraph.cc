// SPDX-License-Identifier: GPL-2.0-only
#include "output/flamegraph.hh"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <map>

#include "output/flamegraph_script.hh"
#include "output/table.hh"

namespace vmalock {

namespace {

constexpr int width = 1180, margin = 10, top = 62, row_height = 17;
/** A frame narrower than this part of the whole cannot be seen, and would make the file long. */
constexpr std::uint64_t narrowest_part = 10000;

/** A function, called by what is above it, and all that it called. */
struct frame {
	std::uint64_t weight = 0;
	std::map<std::string, frame, std::less<>> called;
};

/** Numbers from a file can be any; the sum of all is no less than a part of it. */
void add(std::uint64_t &sum, std::uint64_t weight)
{
	if (__builtin_add_overflow(sum, weight, &sum))
		sum = std::numeric_limits<std::uint64_t>::max();
}

frame merged(const std::vector<folded_stack> &stacks)
{
	frame all;

	for (const folded_stack &stack : stacks) {
		frame *at = &all;

		add(at->weight, stack.weight);
		for (const std::string &name : stack.frames) {
			at = &at->called[name];
			add(at->weight, stack.weight);
		}
	}
	return all;
}

std::size_t depth_of(const frame &frame)
{
	std::size_t result = 0;

	for (const auto &[name, called] : frame.called)
		result = std::max(result, depth_of(called));
	return result + 1;
}

/** As text and as an attribute's value. XML knows no control characters. */
std::string escaped(std::string_view text)
{
	std::string result;

	for (char c : printable(text, text.npos)) {
		switch (c) {
		case '&': result += "&amp;"; break;
		case '<': result += "&lt;"; break;
		case '>': result += "&gt;"; break;
		case '"': result += "&quot;"; break;
		case '\'': result += "&#39;"; break;
		default: result += c;
		}
	}
	return result;
}

/** The same name has the same colour in every picture; the kernel's are warmer. */
std::string colour_of(const std::string &name, std::size_t depth)
{
	std::uint32_t hash = 2166136261;	// FNV-1a

	for (char c : name)
		hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
	if (depth < 2)
		return "hsl(0,0%,85%)";
	const bool kernel = name.ends_with("_[k]");
	return fmt::format("hsl({},{}%,{}%)", (kernel ? 15 : 75) + hash % 30, 60 + hash / 32 % 25,
			   68 + hash / 1024 % 10);
}

class picture {
public:
	picture(const frame &all, std::string_view unit)
		: height(top + static_cast<int>(depth_of(all)) * row_height + margin), all(all), unit(escaped(unit))
	{
		add("all", all, 0, 0);
	}

	const int height;
	std::string frames;
	std::size_t narrow = 0;		///< left out

private:
	void add(const std::string &name, const frame &frame, std::uint64_t from, std::size_t depth)
	{
		if (!frame.weight || frame.weight < all.weight / narrowest_part) {
			narrow++;
			return;
		}
		const double scale = width / static_cast<double>(all.weight);
		const double x = margin + static_cast<double>(from) * scale;
		const double wide = static_cast<double>(frame.weight) * scale;
		const int y = height - margin - static_cast<int>(depth + 1) * row_height;
		const auto letters = static_cast<std::size_t>(std::max(wide - 6, 0.0) / 7);
		const std::string words = escaped(name);

		frames += fmt::format(
			"<g class=\"frame\" data-name=\"{}\" data-from=\"{}\" data-weight=\"{}\">"
			"<title>{} ({} {}, {})</title>"
			"<rect x=\"{:.2f}\" y=\"{}\" width=\"{:.2f}\" height=\"{}\" fill=\"{}\"/>"
			"<text x=\"{:.2f}\" y=\"{}\">{}</text></g>\n",
			words, from, frame.weight, words, grouped(frame.weight), unit,
			share(frame.weight, all.weight), x, y, wide, row_height - 1,
			colour_of(name, depth), x + 3, y + 12,
			name.size() <= letters && letters >= 3 ? words : "");
		for (const auto &[called_name, called] : frame.called) {
			add(called_name, called, from, depth + 1);
			vmalock::add(from, called.weight);
		}
	}

	const frame &all;
	std::string unit;
};

constexpr const char *style =
	"svg { background: #fff; font: 12px monospace; }\n"
	".frame { cursor: pointer; }\n"
	".frame:hover rect { stroke: #000; }\n"
	".hit rect { fill: #e060e0; }\n"
	"#reset, #search { cursor: pointer; fill: #0645ad; }\n";

} // namespace

std::string to_svg(const std::vector<folded_stack> &stacks, std::string_view title,
		   std::string_view unit)
{
	const frame all = merged(stacks);
	const picture picture(all, unit);
	std::string note = all.weight ? fmt::format("{} {}; each frame is on top of its caller", grouped(all.weight), unit)
				      : "Nothing was stalled.";

	if (all.weight && picture.narrow)
		note += fmt::format("; {} too narrow to be drawn", grouped(picture.narrow));
	return fmt::format(
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
		"data-width=\"{2}\" data-margin=\"{3}\">\n"
		"<title>{4}</title>\n<style>\n{5}</style>\n"
		"<text x=\"{3}\" y=\"20\" font-weight=\"bold\">{4}</text>\n"
		"<text x=\"{3}\" y=\"38\">{6}</text>\n"
		"<text id=\"search\" x=\"{3}\" y=\"56\">search (/)</text>\n"
		"<text id=\"reset\" x=\"110\" y=\"56\" style=\"display: none\">zoom out</text>\n"
		"<text id=\"found\" x=\"200\" y=\"56\"></text>\n"
		"{7}<script><![CDATA[{8}]]></script>\n</svg>\n",
		width + 2 * margin, picture.height, width, margin, escaped(title), style, escaped(note),
		picture.frames, all.weight ? flamegraph_script : "");
}

} // namespace vmalock
