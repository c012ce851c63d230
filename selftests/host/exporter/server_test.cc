// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses of the server, ports that are in use, and the answers to HTTP requests.
 */
#include "exporter/server.hh"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <civetweb.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

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
std::string scraped(const std::string &headers, const char *method = "GET")
{
	char error[200] = "", body[1000];
	mg_connection *connection = mg_download("127.0.0.1", 19937, 0, error, sizeof(error),
						"%s /metrics HTTP/1.0\r\n%s\r\n", method, headers.c_str());

	if (!connection)
		return error;
	const char *type = mg_get_header(connection, "Content-Type");
	const int size = mg_read(connection, body, sizeof(body));
	std::string result = std::to_string(mg_get_response_info(connection)->status_code) + " " +
			     (type ? type : "") + "\n" + std::string(body, static_cast<std::size_t>(std::max(size, 0)));
	mg_close_connection(connection);
	return result;
}

/** Answers, until it goes. */
class owner {
public:
	owner() : thread([this](const std::stop_token &stop) { run(stop); }) {}
	~owner() { thread.request_stop(); }

	scrapes asked;
	std::atomic<bool> fails = false;

private:
	void run(const std::stop_token &stop)
	{
		pollfd file = {asked.file(), POLLIN, 0};

		while (!stop.stop_requested())
			if (poll(&file, 1, 10) == 1)
				asked.answer([&] {
					if (fails)
						throw std::runtime_error("it went wrong");
					return scrapes::families{{"x", "None.", prometheus::MetricType::Gauge, {}}};
				});
	}

	std::jthread thread;
};

constexpr const char *answer = "200 text/plain; version=0.0.4; charset=utf-8\n"
			       "# HELP x None.\n"
			       "# TYPE x gauge\n";

TEST(server, AScrapeIsTextAndAFailureSaysWhy)
{
	owner owner;
	server server("127.0.0.1:19937", owner.asked);

	EXPECT_EQ(scraped("Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n"), answer);
	owner.fails = true;
	EXPECT_EQ(scraped(""), "503 text/plain; charset=utf-8\nit went wrong\n");
}

TEST(server, AHeadIsAllButTheText)
{
	owner owner;
	server server("127.0.0.1:19937", owner.asked);

	EXPECT_EQ(scraped("", "HEAD"), "200 text/plain; version=0.0.4; charset=utf-8\n");
}

TEST(server, OnThisMachineAloneNobodyElsesNameIsAnswered)
{
	owner owner;
	server server("127.0.0.1:19937", owner.asked);

	for (const char *host : {"127.0.0.1:19937", "localhost", "localhost:19937", "[::1]:19937", "10.0.0.1", "LocalHost.", "localhost.:19937"})
		EXPECT_EQ(scraped(std::string("Host: ") + host + "\r\n"), answer) << host;
	for (const char *host : {"evil.example", "evil.example:19937", "localhost.evil.example", "127.0.0.1.example"})
		EXPECT_EQ(scraped(std::string("Host: ") + host + "\r\n").substr(0, 4), "421 ") << host;
}

TEST(server, WhereOthersCanAskNamesAreTheirs)
{
	owner owner;
	server server("0.0.0.0:19937", owner.asked);

	EXPECT_EQ(scraped("Host: machine.example:19937\r\n"), answer);
}

/** Says a part of what it wants, and waits. */
class slow_client {
public:
	slow_client()
	{
		const sockaddr_in address = {AF_INET, htons(19937), {htonl(INADDR_LOOPBACK)}, {}};

		EXPECT_EQ(connect(file, reinterpret_cast<const sockaddr *>(&address), sizeof(address)), 0);
		EXPECT_EQ(send(file, "GET /met", 8, MSG_NOSIGNAL), 8);
	}
	~slow_client() { close(file); }
	slow_client(const slow_client &) = delete;

	bool is_waited_for() const
	{
		pollfd answer = {file, POLLIN, 0};

		return poll(&answer, 1, 0) == 0;
	}

private:
	const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

TEST(server, ThirtySlowClientsDoNotKeepOthersFromScraping)
{
	owner owner;
	server server("127.0.0.1:19937", owner.asked);
	const std::array<slow_client, 30> slow;

	EXPECT_EQ(scraped(""), answer);
	EXPECT_TRUE(std::ranges::any_of(slow, &slow_client::is_waited_for)) << "it came after them";
}

} // namespace
} // namespace vmalock::test
