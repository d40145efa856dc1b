// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/render.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/json_pointer.hpp"
#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/config/config.hpp"
#include "url_text.hpp"

namespace herdgate {
namespace {

using refusal = std::optional<key_refusal>;

std::string_view captured(const captures& found, std::size_t index) {
    HERDGATE_ASSERT(index < found.size());
    return found[index];
}

/// Writes a URL and watches its path: each segment that got a capture is looked at when it ends.
class url_writer {
  public:
    refusal write(const text_template& t, const captures& found) {
        for (const auto& piece : t.pieces) {
            if (auto no = literal(piece.literal)) return no;
            if (piece.capture == text_template::no_capture) continue;
            url_text::append_encoded(text_, captured(found, piece.capture));
            filled_ = in_path_;
        }
        return end_segment();
    }

    std::string take() { return std::move(text_); }

  private:
    refusal literal(std::string_view bytes) {
        for (const char c : bytes) {
            const bool delimiter = c == '/' || c == '?';
            if (delimiter && in_path_) {
                if (auto no = end_segment()) return no;
            }
            if (c == '?') in_path_ = false;
            text_ += c;
            if (delimiter) segment_ = text_.size();
        }
        return std::nullopt;
    }

    // The scheme and the host hold no capture, so treating them as segments does no harm.
    refusal end_segment() {
        const std::string_view segment = std::string_view{text_}.substr(segment_);
        if (!std::exchange(filled_, false)) return std::nullopt;
        if (segment.empty()) return key_refusal{"a path segment of the URL would be empty"};
        if (url_text::dot_segment(segment))
            return key_refusal{"a path segment of the URL would be '.' or '..'"};
        return std::nullopt;
    }

    std::string text_;
    std::size_t segment_ = 0;  // where the segment being written starts
    bool in_path_ = true;
    bool filled_ = false;  // that segment holds a capture
};

bool control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

using rendered = boost::system::result<load_call, key_refusal>;

rendered render_http(const http_load& spec, const captures& found) {
    http_call call;
    call.spec = &spec;
    url_writer url;
    if (auto no = url.write(spec.url, found)) return *std::move(no);
    call.url = url.take();
    call.headers.reserve(spec.headers.size());
    for (const auto& [name, value] : spec.headers) {
        const std::string text = render_text(value, found);
        if (std::any_of(text.begin(), text.end(), control))
            return key_refusal{"header '" + name + "' would contain a control byte"};
        if (text.find_first_not_of(" \t") == std::string::npos)
            return key_refusal{"header '" + name + "' would be empty"};
        call.headers.push_back(name + ": " + text);
    }
    return load_call{std::move(call)};
}

/// One key of a batch: the same rules as for a call of its own, and a name that JSON can hold.
rendered render_part(const route& r, std::string_view key, const captures& found) {
    batch_call call{&r, std::string{key}, {}};
    if (const auto* http = std::get_if<http_load>(&r.load)) {
        call.id = captured(found, 0);
        url_writer url;
        if (auto no = url.write(http->batch->url, {call.id})) return *std::move(no);
    } else if (key.find('\n') != std::string_view::npos) {
        return key_refusal{"it contains a line break, which the keys of a batch may not"};
    }
    if (!json::is_text(call.id))
        return key_refusal{"it is not UTF-8, which the keys of a batch must be"};
    return load_call{std::move(call)};
}

rendered render_command(const command_load& spec, std::string_view key, const captures& found) {
    command_call call;
    call.spec = &spec;
    bool options_over = false;
    for (const text_template& argument : spec.argv) {
        std::string text = render_text(argument, found);
        const bool captured_first = argument.head().empty() && !argument.is_literal();
        if (captured_first && text.starts_with('-') && !options_over)
            return key_refusal{"argument " + std::to_string(call.argv.size()) +
                               " would start with '-'"};
        options_over =
            options_over || (argument.is_literal() && text == "--" && !call.argv.empty());
        call.argv.push_back(std::move(text));
    }
    for (const auto& [name, value] : spec.env)
        call.env.push_back(name + "=" + render_text(value, found));
    if (spec.stdin_key) call.input = key;
    return load_call{std::move(call)};
}

}  // namespace

boost::system::result<load_call, key_refusal> render(const route& r, std::string_view key,
                                                     const captures& found) {
    if (key.size() > limits::routed_key_bytes)
        return key_refusal{"it is longer than " + std::to_string(limits::routed_key_bytes) +
                           " bytes"};
    if (key.find('\0') != std::string_view::npos) return key_refusal{"it contains a NUL byte"};
    if (batch_of(r) != nullptr) return render_part(r, key, found);
    if (const auto* http = std::get_if<http_load>(&r.load)) return render_http(*http, found);
    if (const auto* command = std::get_if<command_load>(&r.load))
        return render_command(*command, key, found);
    return load_call{client_call{}};
}

load_call render_batch(const route& r, std::span<const std::string> ids) {
    const load_batch& batch = *batch_of(r);
    std::string joined;
    const auto* http = std::get_if<http_load>(&r.load);
    if (http == nullptr) {
        const auto& spec = std::get<command_load>(r.load);
        for (const std::string& id : ids) joined += id + "\n";
        command_call call{&spec, {}, {}, std::move(joined)};
        for (const text_template& argument : batch.argv.empty() ? spec.argv : batch.argv)
            call.argv.push_back(render_text(argument, {}));
        for (const auto& [name, value] : spec.env)
            call.env.push_back(name + "=" + render_text(value, {}));
        return call;
    }
    for (const std::string& id : ids) {
        if (!joined.empty()) joined += ',';
        url_text::append_encoded(joined, id);
    }
    http_call call;
    call.spec = http;
    call.url = render_text(batch.url, {joined});
    for (const auto& [name, value] : http->headers)
        call.headers.push_back(name + ": " + render_text(value, {}));
    return call;
}

std::size_t batch_share(const route& r, std::string_view id) {
    if (!std::holds_alternative<http_load>(r.load)) return 0;
    std::string encoded;
    url_text::append_encoded(encoded, id);
    return encoded.size() + 1;
}

std::string render_text(const text_template& t, const captures& found) {
    std::string text;
    for (const auto& piece : t.pieces) {
        text += piece.literal;
        if (piece.capture != text_template::no_capture) text += captured(found, piece.capture);
    }
    return text;
}

}  // namespace herdgate
