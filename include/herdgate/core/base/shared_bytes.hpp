// SPDX-License-Identifier: Apache-2.0
//
// shared_bytes: an immutable run of bytes, shared by reference count between the store, flights and
// replies.
//
// One allocation holds count, length and bytes. Copies are cheap and safe across threads; the bytes
// never change, so readers need no lock. A default-constructed object holds nothing ("no value"),
// which differs from holding zero bytes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace herdgate {

class shared_bytes {
  public:
    /// Bytes that one object costs on the heap beyond its content.
    static constexpr std::size_t overhead = 2 * sizeof(std::uint32_t);

    shared_bytes() noexcept = default;

    /// Copies `content` into a new object. Throws std::bad_alloc.
    explicit shared_bytes(std::string_view content) : shared_bytes(content, {}) {}

    /// A new object with `head` followed by `tail`, together under 4 GiB. Throws std::bad_alloc.
    shared_bytes(std::string_view head, std::string_view tail);

    shared_bytes(const shared_bytes& other) noexcept : block_(other.block_) {
        if (block_ != nullptr) block_->count.fetch_add(1, std::memory_order_relaxed);
    }
    shared_bytes(shared_bytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    shared_bytes& operator=(shared_bytes other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~shared_bytes() { release(); }

    /// False for a default-constructed (or moved-from) object.
    explicit operator bool() const noexcept { return block_ != nullptr; }

    std::size_t size() const noexcept { return block_ == nullptr ? 0 : block_->size; }

    /// The bytes; empty when there is no value. Valid while any copy of this object lives.
    std::string_view view() const noexcept {
        return block_ == nullptr
                   ? std::string_view{}
                   : std::string_view{reinterpret_cast<const char*>(block_ + 1), block_->size};
    }

  private:
    struct block {
        std::atomic<std::uint32_t> count;
        std::uint32_t size;  ///< 32 bits, so that count and size cost 8 bytes a value, not 16
    };
    static_assert(sizeof(block) == overhead);

    void release() noexcept {
        if (block_ != nullptr && block_->count.fetch_sub(1, std::memory_order_acq_rel) == 1)
            destroy(block_);
    }
    static void destroy(block* b) noexcept;

    block* block_ = nullptr;
};

}  // namespace herdgate
