// SPDX-License-Identifier: Apache-2.0
//
// load_config_file: from a file to a configuration: reads it, parses YAML, puts overrides in,
// substitutes from this process's environment and from files, decodes. All that is wrong is found
// in one run.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "herdgate/core/config/config_tree.hpp"
#include "herdgate/core/config/decode.hpp"

namespace herdgate {

inline constexpr std::size_t max_config_bytes = 16 * mib;
inline constexpr std::size_t max_secret_bytes = 64 * kib;  ///< of a file that ${file:…} names

struct config_file_report : config_report {
    std::string path;  ///< as given
    std::string text;  ///< the file's content, for quoting its lines
};

/// Settings from outside the file, on top of it. `listen` replaces the file's list as a whole.
struct config_overrides {
    std::vector<std::string> listen;        ///< --listen
    std::vector<config_override> settings;  ///< --set, --upstream, --admin, --log-level
};

config_file_report load_config_file(const std::string& path,
                                    const config_overrides& overrides = {});

/// The same for a text that was read already, with the world it may look at.
config_report load_config_text(std::string_view text, const config_overrides& overrides,
                               const config_environment& outside);

/// This process's environment and file system.
config_environment process_environment();

}  // namespace herdgate
