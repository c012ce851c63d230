// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/server.hh"

#include <CivetServer.h>
#include <arpa/inet.h>
#include <charconv>
#include <fmt/format.h>
#include <prometheus/text_serializer.h>

namespace vmalock {

namespace {

/** civetweb's last words in this thread, for the sentence of an error. */
thread_local std::string last_words;

int keep_words(const mg_connection *, const char *words)
{
	last_words = words;
	return 1;
}

/** What a HEAD asks for is all but the text. */
void put(mg_connection *connection, int status, const std::string &type, const std::string &text)
{
	const bool whole = std::string_view(mg_get_request_info(connection)->request_method) != "HEAD";

	mg_response_header_start(connection, status);
	mg_response_header_add(connection, "Content-Type", type.c_str(), -1);
	mg_response_header_add(connection, "Content-Length", std::to_string(text.size()).c_str(), -1);
	mg_response_header_send(connection);
	if (whole)
		mg_write(connection, text.data(), text.size());
}

constexpr const char *plain = "text/plain; charset=utf-8";

/** Without its port, and the brackets of IPv6. */
std::string host_of(const std::string &word)
{
	if (word.starts_with('['))
		return word.substr(1, word.find(']') - 1);
	return word.substr(0, word.rfind(':'));
}

bool is_address(const std::string &host, const char *beginning = "")
{
	unsigned char bytes[sizeof(in6_addr)];

	return host.starts_with(beginning) &&
	       (inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1);
}

/**
 * A page for whoever asks by the right name. What listens on this machine alone is asked by
 * an address or as localhost: another name is that of a page in somebody's browser, whose
 * owner has it lead here.
 */
class page : public CivetHandler {
public:
	page(scrapes &scrapes, const std::string &address)
		: source(scrapes),
		  is_of_this_machine(is_address(host_of(address), "127.") || host_of(address) == "::1")
	{
	}

	bool handleGet(CivetServer *, mg_connection *connection) override
	{
		const char *host = mg_get_header(connection, "Host");

		if (is_of_this_machine && host && !is_address(host_of(host)) && host_of(host) != "localhost")
			put(connection, 421, plain, "this is asked as localhost or by an address, not by another name\n");
		else
			answer(connection);
		return true;
	}

	bool handleHead(CivetServer *server, mg_connection *connection) override
	{
		return handleGet(server, connection);
	}

protected:
	scrapes &source;

private:
	virtual void answer(mg_connection *connection) = 0;

	bool is_of_this_machine;
};

class metrics_page : public page {
	using page::page;

	void answer(mg_connection *connection) override
	{
		try {
			put(connection, 200, "text/plain; version=0.0.4; charset=utf-8",
			    prometheus::TextSerializer().Serialize(source.ask()));
		} catch (const std::exception &error) {
			put(connection, 503, plain, std::string(error.what()) + "\n");
		}
	}
};

class health_page : public page {
	using page::page;

	void answer(mg_connection *connection) override
	{
		const std::string problem = source.problem();

		put(connection, problem.empty() ? 200 : 503, plain, (problem.empty() ? "ok" : problem) + "\n");
	}
};

/**
 * Since civetweb keeps quiet about files, there are none: it has no document root. A client
 * that is slow to ask has a thread to itself, but not for long.
 */
std::vector<std::string> options_for(const std::string &address)
{
	return {"listening_ports", address, "num_threads", "64", "request_timeout_ms", "3000"};
}

CivetCallbacks callbacks()
{
	CivetCallbacks result;

	result.log_message = keep_words;
	return result;
}

} // namespace

/** The handlers go after the server that calls them. */
struct server::http {
	http(const std::string &address, scrapes &source)
		: metrics(source, address), health(source, address), callbacks(vmalock::callbacks()),
		  civet(options_for(address), &callbacks)
	{
		civet.addHandler("/metrics$", metrics);
		civet.addHandler("/healthz$", health);
	}

	metrics_page metrics;
	health_page health;
	CivetCallbacks callbacks;
	CivetServer civet;
};

std::optional<std::string> problem_with_address(const std::string &word)
{
	const std::size_t colon = word.rfind(':');
	std::string host = word.substr(0, colon);
	const bool six = host.starts_with('[') && host.ends_with(']');
	unsigned char bytes[sizeof(in6_addr)];
	unsigned port = 0;

	if (six)
		host = host.substr(1, host.size() - 2);
	if (colon != word.npos && inet_pton(six ? AF_INET6 : AF_INET, host.c_str(), bytes) == 1) {
		const char *end = word.data() + word.size();
		auto [stop, error] = std::from_chars(word.data() + colon + 1, end, port);

		// Others need a privilege that is given up before.
		if (stop == end && error == std::errc() && port >= 1024 && port <= 65535)
			return std::nullopt;
	}
	return "listen on ADDRESS:PORT, with a port from 1024 to 65535, as 127.0.0.1:19930 or "
	       "[::]:19930, not on " + word;
}

server::server(const std::string &address, scrapes &scrapes)
try : running(std::make_unique<http>(address, scrapes)) {
} catch (const CivetException &) {
	throw std::runtime_error(fmt::format("cannot listen on {}: is the port in use? ({})", address,
					     last_words));
}

server::~server() = default;

} // namespace vmalock
