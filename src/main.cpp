// SPDX-License-Identifier: Apache-2.0
//
// The herdgate program: see cli.hpp for what it takes.
#include "herdgate/io/cli.hpp"
#include "herdgate/io/daemon.hpp"

int main(int argc, char** argv) {
    return herdgate::run_cli(argc, argv,
                             [](const herdgate::config& c, const herdgate::run_options&) {
                                 return herdgate::run_daemon(c);
                             });
}
