// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/prefix_index.hpp"

#include <algorithm>
#include <utility>

namespace herdgate {
namespace {

unsigned char first_byte(std::string_view text) {
    return static_cast<unsigned char>(text.front());
}

}  // namespace

std::size_t prefix_index::position(const node& from, char byte) const noexcept {
    const auto below = [this](std::uint32_t child, unsigned char b) {
        return first_byte(nodes_[child].edge) < b;
    };
    const auto found = std::lower_bound(from.children.begin(), from.children.end(),
                                        static_cast<unsigned char>(byte), below);
    return static_cast<std::size_t>(found - from.children.begin());
}

const prefix_index::node* prefix_index::step(const node& from,
                                             std::string_view& text) const noexcept {
    if (text.empty()) return nullptr;
    const std::size_t at = position(from, text.front());
    if (at == from.children.size()) return nullptr;
    const node& child = nodes_[from.children[at]];
    if (!text.starts_with(child.edge)) return nullptr;
    text.remove_prefix(child.edge.size());
    return &child;
}

// Cuts the edge to node `at` after `length` bytes: the node keeps its number and becomes the upper
// half.
void prefix_index::split(std::uint32_t at, std::size_t length) {
    node lower;
    lower.edge = nodes_[at].edge.substr(length);
    lower.children = std::move(nodes_[at].children);
    lower.numbers = std::move(nodes_[at].numbers);
    const auto below = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back(std::move(lower));
    nodes_[at].edge.resize(length);
    nodes_[at].children.assign(1, below);
    nodes_[at].numbers.clear();
}

void prefix_index::add(std::string_view prefix, std::uint32_t number) {
    std::uint32_t at = 0;
    while (!prefix.empty()) {
        const std::size_t slot = position(nodes_[at], prefix.front());
        const auto& children = nodes_[at].children;
        if (slot == children.size() || nodes_[children[slot]].edge.front() != prefix.front()) {
            const auto leaf = static_cast<std::uint32_t>(nodes_.size());
            nodes_.push_back({std::string{prefix}, {}, {}});
            auto& siblings = nodes_[at].children;
            siblings.insert(siblings.begin() + static_cast<std::ptrdiff_t>(slot), leaf);
            at = leaf;
            break;
        }
        at = children[slot];
        const std::string& edge = nodes_[at].edge;
        const auto shared = static_cast<std::size_t>(
            std::mismatch(edge.begin(), edge.end(), prefix.begin(), prefix.end()).first -
            edge.begin());
        if (shared < edge.size()) split(at, shared);
        prefix.remove_prefix(shared);
    }
    nodes_[at].numbers.push_back(number);
}

}  // namespace herdgate
