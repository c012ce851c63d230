// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses of the server, ports that are in use, and the answers to HTTP requests.
 */
#include "exporter/server.hh"

#include <atomic>
#include <civetweb.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <thread>

namespace vmalock::test {
namespace {

TEST(server, AddressesAreCheckedFirst)
{
	for (const char *good : {"127.0.0.1:19930", "0.0.0.0:1024", "[::1]:65535"})
		EXPECT_FALSE(problem_with_address(good)) << good;
	for (const char *bad : {"", "19930", ":19930", "127.0.0.1", "127.0.0.1:", "127.0.0.1:80", "localhost:19930",
				"127.0.0.1:65536", "127.0.0.1:19930x", "127.0.0.1:-1", "::1:19930", "[127.0.0.1]:19930",
				"127.0.0.1:19930,0.0.0.0:19931"})
		EXPECT_TRUE(problem_with_address(bad)) << bad;
}

TEST(server, APortInUseIsOneSentence)
{
	scrapes scrapes;
	server first("127.0.0.1:19937", scrapes);

	try {
		server second("127.0.0.1:19937", scrapes);
		FAIL() << "both listen";
	} catch (const std::runtime_error &error) {
		EXPECT_NE(std::string(error.what()).find("cannot listen on 127.0.0.1:19937: is the port in use?"),
			  std::string::npos) << error.what();
	}
}

/** The status and type of what comes, and it. */
std::string scraped(const std::string &headers)
{
	char error[200] = "", body[1000];
	mg_connection *connection = mg_download("127.0.0.1", 19937, 0, error, sizeof(error),
						"GET /metrics HTTP/1.0\r\n%s\r\n", headers.c_str());

	if (!connection)
		return error;
	const char *type = mg_get_header(connection, "Content-Type");
	const int size = mg_read(connection, body, sizeof(body));
	std::string result = std::to_string(mg_get_response_info(connection)->status_code) + " " +
			     (type ? type : "") + "\n" + std::string(body, static_cast<std::size_t>(std::max(size, 0)));
	mg_close_connection(connection);
	return result;
}

TEST(server, AScrapeIsTextAndAFailureSaysWhy)
{
	scrapes scrapes;
	server server("127.0.0.1:19937", scrapes);
	std::atomic<bool> fails = false;
	std::jthread owner([&](const std::stop_token &stop) {
		pollfd file = {scrapes.file(), POLLIN, 0};

		while (!stop.stop_requested())
			if (poll(&file, 1, 10) == 1)
				scrapes.answer([&] {
					if (fails)
						throw std::runtime_error("it went wrong");
					return scrapes::families{{"x", "None.", prometheus::MetricType::Gauge, {}}};
				});
	});

	EXPECT_EQ(scraped("Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n"),
		  "200 text/plain; version=0.0.4; charset=utf-8\n"
		  "# HELP x None.\n"
		  "# TYPE x gauge\n");
	fails = true;
	EXPECT_EQ(scraped(""), "503 text/plain; charset=utf-8\nit went wrong\n");
}

} // namespace
} // namespace vmalock::test
