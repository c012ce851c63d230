// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who gets OpenMetrics, and who the text format.
 */
#include "exporter/accept.hh"

#include <gtest/gtest.h>
#include <random>

namespace vmalock::test {
namespace {

TEST(accept, WhoNamesOpenMetricsGetsIt)
{
	for (const char *header : {
		     "application/openmetrics-text",
		     "application/openmetrics-text; version=1.0.0; charset=utf-8",
		     "Application/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=0.5",
		     "text/html,\tapplication/openmetrics-text",
		     "application/openmetrics-text;q=0.001",
		     "application/openmetrics-text,text/plain",
		     "text/plain;q=0.5,application/openmetrics-text;q=0.5",
		     // A Prometheus 2, and a Prometheus 3.
		     "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
		     "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		     "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
		     "application/openmetrics-text;version=0.0.1;q=0.4,"
		     "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"})
		EXPECT_TRUE(prefers_openmetrics(header)) << header;
}

TEST(accept, OthersGetText)
{
	for (const char *header : {
		     "", "*/*", "text/*", "application/*", "text/plain", "application/openmetrics-textual",
		     "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
		     "application/openmetrics-protobuf; version=1.0.0",
		     // A Prometheus before 2.5, and one that knows no later version.
		     "text/plain;version=0.0.4;q=1,*/*;q=0.1",
		     "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"})
		EXPECT_FALSE(prefers_openmetrics(header)) << header;
}

TEST(accept, WhoLikesTextBetterGetsIt)
{
	EXPECT_FALSE(prefers_openmetrics("application/openmetrics-text;q=0.4,text/plain;q=0.5"));
	EXPECT_FALSE(prefers_openmetrics("text/plain,application/openmetrics-text;version=1.0.0;q=0.9"));
}

TEST(accept, ZeroIsARefusal)
{
	for (const char *header : {
		     "application/openmetrics-text;q=0", "application/openmetrics-text;q=0.000,*/*",
		     "application/openmetrics-text,application/openmetrics-text;version=1.0.0;q=0",
		     "application/openmetrics-text;version=1.0.0;q=0,application/openmetrics-text"})
		EXPECT_FALSE(prefers_openmetrics(header)) << header;
	EXPECT_TRUE(prefers_openmetrics("application/openmetrics-text;q=0.1,text/plain;q=0"));
}

TEST(accept, WhatCannotBeReadIsNotWishedFor)
{
	for (const char *header : {
		     ",", ";", "=", ",,;;==", "\"", "application/openmetrics-text;q=", "application/openmetrics-text;q=x",
		     "application/openmetrics-text;q=0.5x", "application/openmetrics-text;q=2",
		     "application/openmetrics-text;q=-1", "application/openmetrics-text;q=nan",
		     "application/openmetrics-text;q=1e999", "application/openmetrics-text version=1.0.0",
		     "application/openmetrics-text;version=1.0.0=1.0.0"})
		EXPECT_FALSE(prefers_openmetrics(header)) << header;
	EXPECT_TRUE(prefers_openmetrics(";;,\xff/\xfe,application/openmetrics-text;;=;,"));
}

/** Sanitizers watch. */
TEST(accept, NothingDoesHarm)
{
	const std::string pieces[] = {"application/openmetrics-text", "text/plain", ",", ";", "=", "\"", " ", "q", "version",
				      "1.0.0", "0.5", "1e-400", "\x80", ""};
	const auto seed = std::random_device()();
	std::mt19937 random(seed);

	SCOPED_TRACE(seed);
	for (int i = 0; i < 20'000; i++) {
		std::string header;

		for (auto length = random() % 20; length > 0; length--)
			header += pieces[random() % std::size(pieces)];
		EXPECT_TRUE(!prefers_openmetrics(header) || header.find(pieces[0]) != header.npos) << header;
	}
}

} // namespace
} // namespace vmalock::test
