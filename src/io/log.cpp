// SPDX-License-Identifier: Apache-2.0
#include "log.hpp"

#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>
#include <nlohmann/json.hpp>

namespace herdgate {
namespace {

/// {"time":"2026-01-31T12:00:00.123Z","level":"info","message":"…"}
class json_formatter final : public spdlog::formatter {
  public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        spdlog::memory_buf_t time;
        time_.format(message, time);
        nlohmann::ordered_json object;
        object["time"] = std::string{time.data(), time.size()};
        const auto level = spdlog::level::to_string_view(message.level);
        object["level"] = std::string{level.data(), level.size()};
        object["message"] = std::string{message.payload.data(), message.payload.size()};
        const std::string text =
            object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
        out.append(text.data(), text.data() + text.size());
    }
    std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<json_formatter>();
    }

  private:
    spdlog::pattern_formatter time_{"%Y-%m-%dT%H:%M:%S.%eZ", spdlog::pattern_time_type::utc, ""};
};

std::shared_ptr<spdlog::logger> make_logger() {
    auto logger = std::make_shared<spdlog::logger>(
        "herdgate", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    return logger;
}

}  // namespace

spdlog::logger& log() {
    static const std::shared_ptr<spdlog::logger> logger = make_logger();
    return *logger;
}

void configure_log(const std::string& level, bool json) {
    log().set_level(spdlog::level::from_str(level));
    if (json) log().set_formatter(std::make_unique<json_formatter>());
}

}  // namespace herdgate
