// SPDX-License-Identifier: Apache-2.0
//
// prefix_index: from a text to the numbers filed under its prefixes. A radix tree: a look-up walks
// the text once, however many prefixes there are. Built once, then read by many threads.
//
//   add("user:", 0), add("user:vip:", 1), add("", 2)
//   for_each_prefix_of("user:vip:7")  ->  2; 0; 1          (shorter prefixes first, numbers of one
//   prefix in order)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace herdgate {

class prefix_index {
  public:
    prefix_index() : nodes_(1) {}

    /// Files `number` under `prefix`. Numbers are added in ascending order.
    void add(std::string_view prefix, std::uint32_t number);

    /// Calls `visit(const std::vector<std::uint32_t>&)` for each prefix of `text` that has numbers.
    template <typename Visit>
    void for_each_prefix_of(std::string_view text, Visit&& visit) const {
        for (const node* n = &nodes_.front(); n != nullptr; n = step(*n, text)) {
            if (!n->numbers.empty()) visit(n->numbers);
        }
    }

  private:
    struct node {
        std::string edge;                     // the bytes that lead here from the parent
        std::vector<std::uint32_t> children;  // by their edges' first bytes, ascending
        std::vector<std::uint32_t> numbers;
    };

    /// The child whose whole edge `text` starts with, or nullptr; takes the edge off `text`.
    const node* step(const node& from, std::string_view& text) const noexcept;

    /// Position in `from.children` of the first child whose edge does not start below `byte`.
    std::size_t position(const node& from, char byte) const noexcept;

    void split(std::uint32_t at, std::size_t length);

    std::vector<node> nodes_;  // the first is the root
};

}  // namespace herdgate
