// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/server.hh"

#include <CivetServer.h>
#include <arpa/inet.h>
#include <charconv>
#include <fmt/format.h>
#include <prometheus/text_serializer.h>
#include <strings.h>

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

std::optional<in6_addr> address_of(const std::string &host)
{
	// As IPv6 has those of IPv4.
	in6_addr result = IN6ADDR_ANY_INIT;

	if (inet_pton(AF_INET6, host.c_str(), &result) == 1)
		return result;
	result.s6_addr[10] = result.s6_addr[11] = 0xff;
	if (inet_pton(AF_INET, host.c_str(), &result.s6_addr[12]) == 1)
		return result;
	return std::nullopt;
}

bool is_of_this_machine(const std::string &host)
{
	const auto address = address_of(host);

	return address && (IN6_IS_ADDR_LOOPBACK(&*address) ||
			   (IN6_IS_ADDR_V4MAPPED(&*address) && address->s6_addr[12] == 127));
}

/** Another name can be one that somebody else has made to lead here. */
bool can_be_nobody_elses(std::string host)
{
	if (host.ends_with('.'))
		host.pop_back();
	return address_of(host) || !strcasecmp(host.c_str(), "localhost");
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
		  only_from_here(is_of_this_machine(host_of(address)))
	{
	}

	bool handleGet(CivetServer *, mg_connection *connection) override
	{
		const char *host = mg_get_header(connection, "Host");

		if (only_from_here && host && !can_be_nobody_elses(host_of(host)))
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

	bool only_from_here;
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
