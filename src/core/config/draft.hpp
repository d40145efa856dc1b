// SPDX-License-Identifier: Apache-2.0
//
// config_draft: the configuration while it is being decoded. Texts whose meaning depends on other
// settings (templates need their route's captures) wait here, with their places, until the whole
// file has been read.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "herdgate/core/config/config.hpp"
#include "herdgate/core/config/config_tree.hpp"

namespace herdgate {

/// One value, converted as its field's type says.
struct config_scalar {
    std::int64_t number = 0;  ///< number, milliseconds, bytes, 1/100 %, 0 or 1, index of the
                              ///< choice; 0 for "auto"
    std::string text;         ///< after substitution
    std::string name;         ///< of an element of a free mapping
    const config_node* node = nullptr;  ///< where it stands
    const config_node* name_node = nullptr;
    std::string path;      ///< "routes[2].ttl"
    bool changed = false;  ///< holds a substituted value

    milliseconds duration() const { return milliseconds{number}; }
    bool boolean() const { return number != 0; }
    std::size_t size() const { return static_cast<std::size_t>(number); }
};

/// A route without its templates.
struct route_draft {
    route made;
    const config_node* node = nullptr;
    std::string path;
    std::optional<config_scalar> name, match, url, cert, key, extract, revalidate, absent_exit;
    std::vector<config_scalar> headers, argv, env, networks, tags, retry_on;
    struct {
        const config_node* node = nullptr;
        std::string path;
    } batch;  ///< where the section stands
    std::optional<config_scalar> batch_url, batch_key;
    std::vector<config_scalar> batch_argv;
    bool has_load = false;
    std::optional<http_load> http;
    std::optional<command_load> command;
    std::optional<client_load> client;
    std::optional<config_scalar> backoff_first, fleet, lease, writes, wait_timeout, wait_then;
    std::optional<config_scalar> ahead, probability, xfetch, every, idle;
    const config_node* refresh = nullptr;  ///< where the section stands
    const config_node* sliding = nullptr;  ///< likewise
    std::vector<config_scalar> warm_keys;
};

/// One of `listen`.
struct listen_draft {
    std::optional<config_scalar> address, cert, key, client_ca;
    bool tls = false;
};

struct user_draft {
    auth_user made;
    std::optional<config_scalar> name, password;
};

/// `upstream`: what is checked when its URL is known.
struct upstream_draft {
    std::optional<config_scalar> url, username, password, cert, key;
    const config_node* tls = nullptr;  ///< where the section stands
};

struct config_draft {
    config made;
    std::vector<listen_draft> listen;
    std::optional<config_scalar> admin;
    std::vector<user_draft> users;
    std::optional<config_scalar> auth_upstream;
    upstream_draft upstream;
    const config_node* near_cache = nullptr;  ///< where the section stands
    const config_node* fleet = nullptr;       ///< likewise
    std::vector<route_draft> routes;
    // Where the walk is, for fields that start an element.
    const config_node* node = nullptr;
    std::string path;

    route_draft& route() { return routes.back(); }
    http_load& http() { return *routes.back().http; }
    command_load& command() { return *routes.back().command; }
    route_policy& policy() { return routes.back().made.policy; }
};

/// The parts of the field table, in order.
struct field;
std::vector<field> daemon_fields();  ///< with those of listeners and upstream in their place
std::vector<field> listen_fields();  ///< and of who may connect
std::vector<field> upstream_fields();
std::vector<field> route_fields();  ///< with those of loads and policies in their place
std::vector<field> policy_fields();
std::vector<field> http_fields();  ///< of a route's HTTP load
std::vector<field> http_batch_fields();
std::vector<field> command_batch_fields();

}  // namespace herdgate
