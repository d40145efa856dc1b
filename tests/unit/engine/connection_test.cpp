// SPDX-License-Identifier: Apache-2.0
//
// Commands about the connection and the server, and what is refused. Expected texts are
// redis-server 7.0.15's.
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace herdgate::test {
namespace {

struct connection : ::testing::Test {
    config with_users() {
        config result = make_config({make_route("p")});
        result.users = {{"default", "secret"}, {"app", "other"}};
        return result;
    }
    std::string ask(world::client& client, const std::string& line) {
        client.send_line(line);
        return client.received();
    }
    world open{make_config({make_route("p")}), 2};
    world closed{with_users(), 2};
    std::unique_ptr<world::client> c = open.connect();
    std::unique_ptr<world::client> stranger = closed.connect();
};

TEST_F(connection, ping_and_echo_answer) {
    EXPECT_EQ(ask(*c, "PING"), "+PONG\r\n");
    EXPECT_EQ(ask(*c, "ping hello"), "$5\r\nhello\r\n");
    EXPECT_EQ(ask(*c, "PING a b"), "-ERR wrong number of arguments for 'ping' command\r\n");
    EXPECT_EQ(ask(*c, "ECHO x"), "$1\r\nx\r\n");
    EXPECT_EQ(ask(*c, "ECHO"), "-ERR wrong number of arguments for 'echo' command\r\n");
}

TEST_F(connection, unknown_commands_get_redis_text_and_the_connection_stays) {
    EXPECT_EQ(ask(*c, "FOO bar baz"),
              "-ERR unknown command 'FOO', with args beginning with: 'bar' 'baz' \r\n");
    EXPECT_EQ(ask(*c, "FOO"), "-ERR unknown command 'FOO', with args beginning with: \r\n");
    EXPECT_EQ(ask(*c, "PING"), "+PONG\r\n");
}

TEST_F(connection, redis_commands_that_need_redis_name_the_missing_upstream) {
    EXPECT_EQ(ask(*c, "LPUSH a b"),
              "-ERR herdgate: 'LPUSH' needs an upstream Redis (upstream.url is not set; this "
              "herdgate runs on its embedded store)\r\n");
    EXPECT_EQ(ask(*c, "LPUSH a"), "-ERR wrong number of arguments for 'lpush' command\r\n");
}

TEST_F(connection, hello_switches_the_protocol_and_back) {
    const std::string three = ask(*c, "HELLO 3");
    EXPECT_TRUE(
        three.starts_with("%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$"
                          "5\r\nproto\r\n:3\r\n"));
    EXPECT_EQ(ask(*c, "GET nothing"), "_\r\n");
    EXPECT_TRUE(ask(*c, "HELLO 2").starts_with("*14\r\n"));
    EXPECT_EQ(ask(*c, "GET nothing"), "$-1\r\n");
    EXPECT_EQ(ask(*c, "HELLO 4"), "-NOPROTO unsupported protocol version\r\n");
    EXPECT_EQ(ask(*c, "HELLO x"), "-ERR Protocol version is not an integer or out of range\r\n");
    EXPECT_EQ(ask(*c, "HELLO 3 SETNAME"), "-ERR Syntax error in HELLO option 'SETNAME'\r\n");
}

TEST_F(connection, select_isolates_databases) {
    EXPECT_EQ(ask(*c, "SET k 0"), "+OK\r\n");
    EXPECT_EQ(ask(*c, "SELECT 1"), "+OK\r\n");
    EXPECT_EQ(ask(*c, "GET k"), "$-1\r\n");
    EXPECT_EQ(ask(*c, "SELECT 16"), "-ERR DB index is out of range\r\n");
    EXPECT_EQ(ask(*c, "SELECT x"), "-ERR value is not an integer or out of range\r\n");
    EXPECT_EQ(ask(*c, "SELECT 0"), "+OK\r\n");
    EXPECT_EQ(ask(*c, "GET k"), "$1\r\n0\r\n");
}

TEST_F(connection, nothing_but_login_is_allowed_before_login) {
    EXPECT_EQ(ask(*stranger, "GET p:1"), "-NOAUTH Authentication required.\r\n");
    EXPECT_EQ(ask(*stranger, "PING"), "-NOAUTH Authentication required.\r\n");
    EXPECT_TRUE(ask(*stranger, "HELLO 3").starts_with("-NOAUTH HELLO must be called"));
    EXPECT_TRUE(closed.loads().empty());
    EXPECT_EQ(ask(*stranger, "AUTH wrong"),
              "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
    EXPECT_EQ(ask(*stranger, "AUTH app secret"),
              "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
    EXPECT_EQ(ask(*stranger, "AUTH secret"), "+OK\r\n");
    EXPECT_EQ(ask(*stranger, "PING"), "+PONG\r\n");
    EXPECT_EQ(ask(*stranger, "RESET"), "+RESET\r\n");
    EXPECT_EQ(ask(*stranger, "PING"), "-NOAUTH Authentication required.\r\n");
    EXPECT_TRUE(ask(*stranger, "HELLO 3 AUTH app other SETNAME me").starts_with("%7\r\n"));
    EXPECT_EQ(ask(*stranger, "CLIENT GETNAME"), "$2\r\nme\r\n");
}

TEST_F(connection, a_failed_hello_changes_nothing) {
    EXPECT_TRUE(ask(*stranger, "HELLO 3 AUTH app wrong").starts_with("-WRONGPASS"));
    EXPECT_EQ(ask(*stranger, "AUTH secret"), "+OK\r\n");
    EXPECT_EQ(ask(*stranger, "GET nothing"), "$-1\r\n");
}

TEST_F(connection, auth_without_configured_users_says_so) {
    EXPECT_TRUE(ask(*c, "AUTH x")
                    .starts_with("-ERR AUTH <password> called without any password configured"));
    EXPECT_EQ(ask(*c, "AUTH default anything"), "+OK\r\n");
}

TEST_F(connection, client_subcommands_work) {
    EXPECT_EQ(ask(*c, "CLIENT GETNAME"), "$-1\r\n");
    EXPECT_EQ(ask(*c, "CLIENT SETNAME worker-1"), "+OK\r\n");
    EXPECT_EQ(ask(*c, "CLIENT GETNAME"), "$8\r\nworker-1\r\n");
    EXPECT_EQ(ask(*c, "CLIENT SETNAME \"a b\""),
              "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
    EXPECT_EQ(ask(*c, "CLIENT SETINFO LIB-NAME redis-py"), "+OK\r\n");
    EXPECT_EQ(ask(*c, "CLIENT SETINFO LIB-VER 5.0"), "+OK\r\n");
    EXPECT_EQ(ask(*c, "CLIENT SETINFO FOO 5.0"), "-ERR Unrecognized option 'FOO'\r\n");
    EXPECT_EQ(ask(*c, "CLIENT ID"), ":1\r\n");
    EXPECT_EQ(ask(*c, "CLIENT NO-EVICT on"), "+OK\r\n");
    EXPECT_EQ(ask(*c, "CLIENT MAINT_NOTIFICATIONS ON"),
              "-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.\r\n");
    EXPECT_EQ(ask(*c, "CLIENT ID extra"),
              "-ERR wrong number of arguments for 'client|id' command\r\n");
    const std::string info = ask(*c, "CLIENT INFO");
    EXPECT_NE(info.find("id=1 addr=test:1 laddr=test:2 fd=-1 name=worker-1 "), std::string::npos)
        << info;
    EXPECT_NE(info.find(" user=default redir=-1 resp=2 lib-name=redis-py lib-ver=5.0"),
              std::string::npos)
        << info;
}

TEST_F(connection, client_list_asks_every_worker) {
    auto other = open.connect(1);
    ask(*other, "CLIENT SETNAME elsewhere");
    const std::string list = ask(*c, "CLIENT LIST");
    EXPECT_NE(list.find("id=1 "), std::string::npos);
    EXPECT_NE(list.find("name=elsewhere "), std::string::npos);
}

TEST_F(connection, command_knows_its_own) {
    EXPECT_EQ(ask(*c, "COMMAND GETKEYS MSET a 1 b 2"), "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
    EXPECT_EQ(ask(*c, "COMMAND GETKEYS PING"), "-ERR The command has no key arguments\r\n");
    EXPECT_EQ(ask(*c, "COMMAND GETKEYS NOSUCH a"), "-ERR Invalid command specified\r\n");
    EXPECT_EQ(ask(*c, "COMMAND GETKEYS MSET a"),
              "-ERR Invalid number of arguments specified for command\r\n");
    EXPECT_EQ(ask(*c, "COMMAND GETKEYS CLIENT ID"), "-ERR The command has no key arguments\r\n");
    EXPECT_EQ(ask(*c, "COMMAND GETKEYS CLIENT NOSUCH"), "-ERR Invalid command specified\r\n");
    EXPECT_EQ(ask(*c, "COMMAND INFO nosuch"), "*1\r\n*-1\r\n");
    EXPECT_EQ(ask(*c, "COMMAND INFO client|nosuch"), "*1\r\n*-1\r\n");
    EXPECT_TRUE(
        ask(*c, "COMMAND INFO client|id").starts_with("*1\r\n*10\r\n$9\r\nclient|id\r\n:2\r\n"));
    EXPECT_NE(ask(*c, "COMMAND INFO client").find("*10\r\n$9\r\nclient|id\r\n:2\r\n"),
              std::string::npos);
    EXPECT_TRUE(
        ask(*c, "COMMAND INFO get")
            .starts_with(
                "*1\r\n*10\r\n$3\r\nget\r\n:2\r\n*2\r\n+fast\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n"));
    EXPECT_TRUE(ask(*c, "COMMAND COUNT").starts_with(":"));
    EXPECT_TRUE(ask(*c, "COMMAND DOCS get").starts_with("*2\r\n$3\r\nget\r\n"));
}

TEST_F(connection, info_and_config_answer_as_a_standalone_redis) {
    const std::string info = ask(*c, "INFO");
    EXPECT_NE(info.find("redis_version:7.0.15\r\n"), std::string::npos);
    EXPECT_NE(info.find("loading:0\r\n"), std::string::npos);
    EXPECT_NE(info.find("cluster_enabled:0\r\n"), std::string::npos);
    EXPECT_EQ(info.find("# Herdgate"), std::string::npos);
    EXPECT_NE(ask(*c, "INFO herdgate").find("# Herdgate\r\n"), std::string::npos);
    EXPECT_EQ(ask(*c, "INFO server").find("# Clients"), std::string::npos);
    EXPECT_EQ(ask(*c, "CONFIG GET databases"), "*2\r\n$9\r\ndatabases\r\n$2\r\n16\r\n");
    EXPECT_EQ(ask(*c, "CONFIG GET nosuch"), "*0\r\n");
}

TEST_F(connection, quit_answers_and_closes_after_what_is_pending) {
    c->send_bytes("GET p:1\r\nQUIT\r\nPING\r\n");
    open.settle();
    EXPECT_TRUE(c->core().closing());
    open.load_value("v");
    EXPECT_EQ(c->received(), "$1\r\nv\r\n+OK\r\n");
}

TEST_F(connection, a_protocol_error_is_answered_in_order_and_closes) {
    c->send_bytes("GET p:1\r\n*1\r\nx\r\n");
    open.settle();
    open.load_value("v");
    EXPECT_EQ(c->received(), "$1\r\nv\r\n-ERR Protocol error: expected '$', got 'x'\r\n");
    EXPECT_TRUE(c->core().closing());
}

}  // namespace
}  // namespace herdgate::test
