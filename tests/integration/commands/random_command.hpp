// SPDX-License-Identifier: Apache-2.0
//
// random_command: random words for any command of Redis, by its arity. Most words tell their place
// ("w3"), so that one is not taken for another; options, numbers and oddities are strewn in. For
// commands with a grammar of their own there are forms besides, so that many lists are valid.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/command/command_table.hpp"

namespace herdgate::test {

using words = std::vector<std::string>;

class random_command {
  public:
    explicit random_command(std::uint64_t seed) : random_(seed) {}

    /// For a command, or a subcommand ("object|encoding"); for a container any word comes second.
    words operator()(const command_info& info);

    std::size_t below(std::size_t n) { return random_() % n; }

  private:
    void add_form(words& out, std::string_view form);
    void add_any(words& out);
    std::string in_any_case(std::string_view word);

    std::mt19937_64 random_;
};

/// HERDGATE_SEED, or chance.
std::uint64_t chosen_seed();

/// All words, quoted and escaped.
std::string shown(const words& command);

}  // namespace herdgate::test
