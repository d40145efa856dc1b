// SPDX-License-Identifier: Apache-2.0
//
// A link and a redis-server that behaves: transports, logins, traffic.
#include <filesystem>

#include "link_io_fixture.hpp"

namespace herdgate {
namespace {

using test::redis_server;
using link_transport = test::link_io_fixture;

TEST_F(link_transport, pipelines_ten_thousand_commands) {
    redis_server server;
    ASSERT_TRUE(server.running());
    open(at(server));
    ASSERT_TRUE(until_up());
    for (int i = 0; i < 10'000; ++i) send({"ECHO", std::to_string(i)});
    link_->flush();
    EXPECT_EQ(link_->core().pending(), 10'000U);
    ASSERT_TRUE(until([&] { return replies_.size() == 10'000; }));
    EXPECT_EQ(replies_[0], "$1\r\n0\r\n");
    EXPECT_EQ(replies_[9999], "$4\r\n9999\r\n");
    EXPECT_EQ(link_->core().pending(), 0U);
    EXPECT_GT(events_, 0) << "the owner hears of every event";
    EXPECT_EQ(downs_, 0);
}

TEST_F(link_transport, carries_big_commands_and_replies) {
    redis_server server;
    ASSERT_TRUE(server.running());
    open(at(server));
    ASSERT_TRUE(until_up());
    const std::string value(std::size_t{32} << 20U, 'v');
    EXPECT_EQ(ask({"SET", "k", value}), "+OK\r\n");
    EXPECT_EQ(ask({"GET", "k"}).size(), value.size() + std::string{"$33554432\r\n\r\n"}.size());
    EXPECT_EQ(ask({"GET", "none"}), "$-1\r\n");
}

TEST_F(link_transport, resolves_names) {
    redis_server server;
    ASSERT_TRUE(server.running());
    upstream_config to = at(server);
    to.host = "localhost";
    open(to);
    ASSERT_TRUE(until_up());
    EXPECT_EQ(ask({"PING"}), "+PONG\r\n");
}

TEST_F(link_transport, says_which_name_it_cannot_resolve) {
    upstream_config to;
    to.host = "herdgate.invalid";
    to.timeouts.connect = seconds{15};
    open(to);
    ASSERT_TRUE(until_down());
    EXPECT_TRUE(reason_.starts_with("cannot resolve herdgate.invalid: ")) << reason_;
}

TEST_F(link_transport, goes_over_a_unix_socket) {
    redis_server server;
    ASSERT_TRUE(server.running());
    upstream_config to;
    to.unix_path = server.socket();
    to.database = 3;
    open(to);
    ASSERT_TRUE(until_up());
    EXPECT_EQ(ask({"SET", "k", "v"}), "+OK\r\n");
    EXPECT_EQ(ask({"SELECT", "0"}), "+OK\r\n");
    EXPECT_EQ(ask({"EXISTS", "k"}), ":0\r\n");

    to.unix_path += "-none";
    open(to);
    ASSERT_TRUE(until_down());
    EXPECT_EQ(reason_, "cannot connect to " + to.unix_path + ": No such file or directory");
}

TEST_F(link_transport, logs_in) {
    redis_server server{{"--requirepass", "s3cret", "--user", "app", "on", ">pw", "~*", "+@all"}};
    ASSERT_TRUE(server.running());
    upstream_config to = at(server);
    to.password = "s3cret";
    link_settings settings = settings_of(to);
    settings.client_name = "herdgate";
    open(to, settings);
    ASSERT_TRUE(until_up());
    EXPECT_EQ(ask({"ACL", "WHOAMI"}), "$7\r\ndefault\r\n");
    EXPECT_EQ(ask({"CLIENT", "GETNAME"}), "$8\r\nherdgate\r\n");

    to.username = "app";
    to.password = "pw";
    open(to);
    ASSERT_TRUE(until_up());
    EXPECT_EQ(ask({"ACL", "WHOAMI"}), "$3\r\napp\r\n");
}

TEST_F(link_transport, reports_a_login_that_fails_and_tries_again) {
    redis_server server{{"--requirepass", "s3cret"}};
    ASSERT_TRUE(server.running());
    upstream_config to = at(server);
    to.password = "wrong";
    open(to);
    ASSERT_TRUE(until_down());
    EXPECT_EQ(reason_, "WRONGPASS invalid username-password pair or user is disabled.");
    ASSERT_TRUE(until_down());
    to.password.clear();
    open(to);
    ASSERT_TRUE(until_down());
    EXPECT_EQ(reason_, "NOAUTH Authentication required.");
    EXPECT_EQ(ups_, 0);
}

TEST_F(link_transport, hears_what_it_has_subscribed_to) {
    redis_server server;
    ASSERT_TRUE(server.running());
    link_settings settings;
    settings.subscriber = true;
    open(at(server), settings);
    ASSERT_TRUE(until_up());
    link_->core().send_unanswered("*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nc\r\n");
    link_->flush();
    ASSERT_TRUE(until([&] { return pushes_.size() == 1; }));
    EXPECT_EQ(pushes_[0], "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n");

    ASSERT_TRUE(test::run_program({"redis-cli", "-s", server.socket(), "PUBLISH", "c", "m"}, "/"));
    ASSERT_TRUE(until([&] { return pushes_.size() == 2; }));
    EXPECT_EQ(pushes_[1], "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n");
}

/// A redis-server with a certificate for `name`, which its own authority has signed.
class link_tls : public test::link_io_fixture {
  protected:
    static void SetUpTestSuite() {
        char made[] = "/tmp/herdgate-tls-XXXXXX";
        folder_ = ::mkdtemp(made);
        certificate("ca", "herdgate test authority", {});
        certificate("server", "redis.test", "subjectAltName=DNS:redis.test,IP:127.0.0.1");
        certificate("client", "herdgate", {});
    }
    static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }

    static void certificate(const std::string& file, const std::string& name,
                            const std::string& extension) {
        std::vector<std::string> argv{"openssl",
                                      "req",
                                      "-x509",
                                      "-newkey",
                                      "ec",
                                      "-pkeyopt",
                                      "ec_paramgen_curve:P-256",
                                      "-nodes",
                                      "-days",
                                      "2",
                                      "-subj",
                                      "/CN=" + name,
                                      "-keyout",
                                      file + ".key",
                                      "-out",
                                      file + ".crt"};
        if (!extension.empty()) argv.insert(argv.end(), {"-addext", extension});
        if (file != "ca")
            argv.insert(argv.end(), {"-CA", "ca.crt", "-CAkey", "ca.key", "-addext",
                                     "basicConstraints=critical,CA:FALSE"});
        ASSERT_TRUE(test::run_program(argv, folder_)) << file;
    }

    /// The port is the TLS one.
    static upstream_config secure(std::uint16_t port) {
        upstream_config to;
        to.host = "127.0.0.1";
        to.port = port;
        to.tls = true;
        to.tls_files.ca = folder_ + "/ca.crt";
        to.timeouts.connect = milliseconds{5000};
        return to;
    }
    static std::vector<std::string> options(std::uint16_t port, const std::string& clients) {
        return {"--tls-port",         std::to_string(port),
                "--tls-cert-file",    folder_ + "/server.crt",
                "--tls-key-file",     folder_ + "/server.key",
                "--tls-ca-cert-file", folder_ + "/ca.crt",
                "--tls-auth-clients", clients};
    }

    inline static std::string folder_;
};

TEST_F(link_tls, carries_traffic) {
    const std::uint16_t port = test::free_port();
    redis_server server{options(port, "no")};
    ASSERT_TRUE(server.running());
    upstream_config to = secure(port);
    open(to);
    ASSERT_TRUE(until_up());
    const std::string value(std::size_t{4} << 20U, 'v');
    EXPECT_EQ(ask({"SET", "k", value}), "+OK\r\n");
    for (int i = 0; i < 10'000; ++i) send({"ECHO", std::to_string(i)});
    send({"GET", "k"});
    link_->flush();
    ASSERT_TRUE(until([&] { return replies_.size() == 10'002; }));
    EXPECT_EQ(replies_.back().size(), value.size() + std::string{"$4194304\r\n\r\n"}.size());
    to.server_name = "redis.test";
    open(to);
    ASSERT_TRUE(until_up());
}

TEST_F(link_tls, believes_no_other_name_and_no_other_authority) {
    const std::uint16_t port = test::free_port();
    redis_server server{options(port, "no")};
    ASSERT_TRUE(server.running());
    upstream_config to = secure(port);
    to.server_name = "other.test";
    open(to);
    ASSERT_TRUE(until_down());
    EXPECT_TRUE(reason_.starts_with("no TLS with 127.0.0.1:")) << reason_;
    to = secure(port);
    to.tls_files.ca.clear();
    open(to);
    ASSERT_TRUE(until_down());
    EXPECT_NE(reason_.find(": its certificate: "), std::string::npos) << reason_;
    to.tls_files.ca = "/none.crt";
    open(to);
    ASSERT_TRUE(until_down());
    EXPECT_TRUE(reason_.starts_with("cannot use /none.crt: ")) << reason_;
    EXPECT_EQ(ups_, 0);
}

TEST_F(link_tls, shows_a_client_certificate_when_it_has_one) {
    const std::uint16_t port = test::free_port();
    redis_server server{options(port, "yes")};
    ASSERT_TRUE(server.running());
    upstream_config to = secure(port);
    open(to);
    ASSERT_TRUE(until_down()) << "none";
    to.tls_files.cert = folder_ + "/client.crt";
    to.tls_files.key = folder_ + "/client.key";
    open(to);
    ASSERT_TRUE(until_up());
    EXPECT_EQ(ask({"PING"}), "+PONG\r\n");
}

TEST_F(link_tls, is_not_spoken_with_a_plain_port) {
    redis_server server;
    ASSERT_TRUE(server.running());
    upstream_config to = secure(server.port());
    to.timeouts.connect = milliseconds{300};
    open(to);
    ASSERT_TRUE(until_down());
    EXPECT_EQ(reason_, "connecting took too long") << "Redis waits for the end of a line";
}

}  // namespace
}  // namespace herdgate
