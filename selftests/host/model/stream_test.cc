// SPDX-License-Identifier: GPL-2.0-only
#include <gtest/gtest.h>

#include "output/stream.hh"

using namespace vmalock;

namespace {

TEST(stream, ATerminalGetsNothingThatItWouldObey)
{
	char written[100] = {};
	const file stream(fmemopen(written, sizeof(written), "w"), std::fclose);

	EXPECT_TRUE(put(stream.get(), "a\tb\n~ \x1b[2J \r \x7f \xc2\x9bm \xe2\x80\xae"));
	EXPECT_STREQ(written, "a\tb\n~ ?[2J ? ? ??m ???");
	EXPECT_TRUE(put_control(stream.get(), "\r\033[K"));
	EXPECT_TRUE(std::string(written).ends_with("\r\033[K"));
}

} // namespace
