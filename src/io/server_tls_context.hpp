// SPDX-License-Identifier: Apache-2.0
//
// The certificates of a listener with TLS: TLS 1.2 or later, the server's order of ciphers, no
// renegotiation. Sessions are resumed by tickets only, so nothing is kept for clients that are
// gone.
//
// server_tls_context is shared by all workers. Its files are looked at when a client comes, at most
// once a second; new ones serve the clients that come after. Files that cannot be used change
// nothing but the log.
#pragma once

#include <sys/types.h>

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/config/config.hpp"
#include "herdgate/core/config/substitution.hpp"

namespace herdgate {

/// Loads the files into a context; or what is wrong with them.
std::optional<tls_file_problem> prepare_tls(boost::asio::ssl::context& context,
                                            const server_tls& files);

class server_tls_context {
  public:
    using context = boost::asio::ssl::context;

    /// `where`: the listener's name, for the log. Throws std::runtime_error if a file cannot be
    /// used.
    server_tls_context(server_tls files, std::string where, steady_time now);

    /// What a client that comes now is served with. From any thread.
    std::shared_ptr<context> current(steady_time now);

  private:
    /// What tells one state of a file from another.
    struct stamp {
        std::uint64_t device = 0, inode = 0;
        std::int64_t size = -1, seconds = 0, nanoseconds = 0;
        bool operator==(const stamp&) const = default;
    };
    using stamps = std::array<stamp, 3>;

    static stamp stamp_of(const std::string& file);
    stamps look() const;
    void renew(steady_time now);

    const server_tls files_;
    const std::string where_;
    std::mutex lock_;
    std::shared_ptr<context> current_;
    stamps seen_;  ///< of the latest attempt to load them
    steady_time looked_;
};

}  // namespace herdgate
