// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/config_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>

#include "../server_tls_context.hpp"
#include "herdgate/io/yaml_tree.hpp"

namespace herdgate {
namespace {

using file_content = boost::system::result<std::string, std::string>;

struct file_closer {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

std::string last_error() {
    return std::generic_category().message(errno);
}

file_content read_file(const std::string& path, std::size_t max) {
    if (path.find('\0') != std::string::npos)
        return file_content{boost::system::in_place_error, "a NUL byte in the path"};
    const std::unique_ptr<std::FILE, file_closer> file{std::fopen(path.c_str(), "rbe")};
    if (file == nullptr) return file_content{boost::system::in_place_error, last_error()};
    std::string content(4096, '\0');
    std::size_t size = 0;
    while (true) {
        errno = 0;
        const std::size_t got =
            std::fread(content.data() + size, 1, content.size() - size, file.get());
        size += got;
        if (got == 0) break;
        if (size > max)
            return file_content{boost::system::in_place_error,
                                "larger than " + std::to_string(max) + " bytes"};
        if (size == content.size()) content.resize(content.size() * 2);
    }
    if (std::ferror(file.get()) != 0)
        return file_content{boost::system::in_place_error, last_error()};
    content.resize(size);
    return file_content{boost::system::in_place_value, std::move(content)};
}

config_node scalar_node(const std::string& text) {
    config_node node;
    node.type = config_node::kind::scalar;
    node.text = text;
    return node;
}

void replace_listeners(config_node& root, const std::vector<std::string>& addresses) {
    if (root.type == config_node::kind::null) root.type = config_node::kind::mapping;
    if (root.type != config_node::kind::mapping || addresses.empty()) return;
    config_node list;
    list.type = config_node::kind::sequence;
    for (const std::string& address : addresses) {
        config_node& item = list.items.emplace_back();
        item.type = config_node::kind::mapping;
        item.keys.push_back(scalar_node("address"));
        item.items.push_back(scalar_node(address));
    }
    if (config_node* old = root.find("listen")) {
        *old = std::move(list);
        return;
    }
    root.keys.push_back(scalar_node("listen"));
    root.items.push_back(std::move(list));
}

}  // namespace

config_environment process_environment() {
    config_environment outside;
    outside.variable = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        if (value == nullptr) return std::nullopt;
        return value;
    };
    outside.file = [](const std::string& path) { return read_file(path, max_secret_bytes); };
    outside.tls_files = [](const server_tls& files) {
        boost::asio::ssl::context scratch{boost::asio::ssl::context::tls_server};
        return prepare_tls(scratch, files);
    };
    return outside;
}

config_report load_config_text(std::string_view text, const config_overrides& overrides,
                               const config_environment& outside) {
    yaml_result yaml = parse_yaml(text);
    config_report report;
    report.diagnostics = std::move(yaml.diagnostics);
    if (!yaml.root) return report;
    replace_listeners(*yaml.root, overrides.listen);
    for (const config_override& change : overrides.settings) {
        const auto done = apply_override(*yaml.root, change);
        if (!done)
            report.diagnostics.push_back({severity::error,
                                          {0, 0, 0},
                                          done.error().message,
                                          done.error().hint,
                                          change.path,
                                          false});
    }
    if (!report.diagnostics.empty()) return report;
    return decode_config(*yaml.root, outside);
}

config_file_report load_config_file(const std::string& path, const config_overrides& overrides) {
    config_file_report report;
    report.path = path;
    auto content = read_file(path, max_config_bytes);
    if (!content) {
        report.diagnostics.push_back(
            {severity::error, {}, "cannot read the file: " + content.error(), {}, {}, false});
        return report;
    }
    report.text = *std::move(content);
    static_cast<config_report&>(report) =
        load_config_text(report.text, overrides, process_environment());
    return report;
}

}  // namespace herdgate
