// SPDX-License-Identifier: Apache-2.0
//
// A name service for tests, in place of the C library's: no question leaves this machine. It stands
// in for getaddrinfo in this program, libcurl included.
//
//     slow.invalid       answers "no such name" after a second
//     metadata.invalid   169.254.169.254
//     *.invalid          no such name
//     anything else      as ever (tests use addresses and localhost)
#include "resolver_stub.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <string_view>
#include <thread>

namespace herdgate::test {
std::atomic<int> slow_lookups{0};
}

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** result) {
    using real_function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    static const auto real = reinterpret_cast<real_function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    const std::string_view name = node == nullptr ? "" : node;
    if (name == "metadata.invalid") return real("169.254.169.254", service, hints, result);
    if (name == "slow.invalid") {
        ++herdgate::test::slow_lookups;
        std::this_thread::sleep_for(std::chrono::seconds(1));
        --herdgate::test::slow_lookups;
    }
    return name.ends_with(".invalid") ? EAI_NONAME : real(node, service, hints, result);
}
