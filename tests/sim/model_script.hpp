// SPDX-License-Identifier: Apache-2.0
//
// model_script: one call of one of the store's scripts on the model: what lua/*.lua does, written
// down a second time. tests/integration/scripts compares the two.
#pragma once

#include <string>

#include "model_redis.hpp"

namespace herdgate::sim {

class model_script {
  public:
    model_script(model_redis& server, model_redis::client_id by, model_name name, words args)
        : server_(server), by_(by), name_(std::move(name)), args_(args) {}

    /// The reply.
    std::string run(script which);

  private:
    struct meta {
        std::int64_t fresh = 0, revalidate = 0, error = 0, load = 0, retry = 0, failures = 0;
        std::string stamp, rest;
    };

    std::string acquire();
    std::string renew();
    std::string fill();
    std::string fail();
    std::string release();
    std::string invalidate();
    std::string swap();
    std::string slide();

    static meta parse(const std::string* text);
    static std::string write(const meta& m);
    static std::int64_t began(const meta& m);
    static std::int64_t useful(const meta& m, bool has_data);
    const std::string* field(std::string_view name) const;
    std::string holder(std::int64_t* deadline = nullptr) const;
    std::int64_t number(std::size_t arg) const;
    std::string text(std::size_t arg) const { return std::string{args_[arg]}; }
    std::string answer(std::string_view word, bool with_entry = false,
                       std::int64_t left = -1) const;
    void expire_at(std::int64_t t);
    void set_lease(const std::string& token, const std::string& owner, std::int64_t lease,
                   const std::string& began);
    void drop_lease(std::string_view why);
    /// Stores an entry of which `last` is the end, or erases it.
    void store(const meta& m, bool has_data, std::string_view data);
    void unlink(std::string_view why);
    void wake(std::string_view why);

    model_redis& server_;
    model_redis::client_id by_;
    model_name name_;
    words args_;
    model_value* value_ = nullptr;
    std::int64_t now_ = 0;
    bool changed_ = false;
};

}  // namespace herdgate::sim
