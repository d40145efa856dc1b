// SPDX-License-Identifier: Apache-2.0
//
// What a client's replies take from the heap in the steady state: nothing.
#include <gtest/gtest.h>

#include "herdgate/core/session/reply_queue.hpp"
#include "support/allocated_bytes.hpp"

namespace herdgate {
namespace {

/// `commands` one after the other, each answered when `in_flight` others wait behind it.
void answer(reply_queue& queue, int commands, std::uint64_t in_flight) {
    reply_queue::slot_id oldest = queue.open();
    for (std::uint64_t i = 1; i < in_flight; ++i) queue.open();
    for (int i = 0; i < commands; ++i) {
        queue.open();
        queue.fill_copy(oldest++, "$9\r\na reply.\r\n");
        queue.ready().clear();
    }
    for (std::uint64_t i = 0; i < in_flight; ++i) queue.fill_copy(oldest++, "+OK\r\n");
    queue.ready().clear();
}

TEST(reply_queue_memory, one_command_at_a_time_takes_nothing) {
    reply_queue queue;
    answer(queue, 1, 1);
    EXPECT_EQ(bytes_taken_by([&] {
                  for (int i = 0; i < 1000; ++i) {
                      queue.fill_copy(queue.open(), "$9\r\na reply.\r\n");
                      queue.ready().clear();
                  }
              }),
              0U);
}

TEST(reply_queue_memory, a_client_that_always_waits_for_something_takes_no_more_and_more) {
    for (const std::uint64_t in_flight : {1U, 2U, 7U, 100U, 5000U}) {
        reply_queue queue;
        const std::size_t few = bytes_taken_by([&] { answer(queue, 10'000, in_flight); });
        const std::size_t many = bytes_taken_by([&] { answer(queue, 100'000, in_flight); });
        EXPECT_LE(many, few) << in_flight;
        EXPECT_LE(many, (in_flight + 16) * 1024) << in_flight;
    }
}

}  // namespace
}  // namespace herdgate
