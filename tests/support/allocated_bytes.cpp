// SPDX-License-Identifier: Apache-2.0
#include "support/allocated_bytes.hpp"

#include <cstdlib>
#include <new>

namespace {

std::size_t allocated = 0;

void* counted(std::size_t size) {
    allocated += size;
    if (void* block = std::malloc(size == 0 ? 1 : size)) return block;
    throw std::bad_alloc{};
}

}  // namespace

void* operator new(std::size_t size) {
    return counted(size);
}
void* operator new[](std::size_t size) {
    return counted(size);
}
void operator delete(void* block) noexcept {
    std::free(block);
}
void operator delete[](void* block) noexcept {
    std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
    std::free(block);
}
void operator delete[](void* block, std::size_t) noexcept {
    std::free(block);
}

std::size_t herdgate::allocated_bytes() noexcept {
    return allocated;
}
