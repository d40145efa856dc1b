// SPDX-License-Identifier: Apache-2.0
//
// Reads YAML as events rather than as the library's own tree, which drops duplicate keys and hides
// aliases.
#include "herdgate/io/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <sstream>
#include <string>
#include <utility>

#include "yaml_text.hpp"

namespace herdgate {
namespace {

using kind = config_node::kind;

/// Ends the reading of a document. Stays within this file.
struct rejected {
    source_place at;
    std::string message;
    std::string hint;
};

class tree_builder final : public YAML::EventHandler {
  public:
    explicit tree_builder(std::vector<std::string_view> lines) : lines_(std::move(lines)) {}

    config_node take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (documents_++ > 0)
            throw rejected{place(mark), "a second document in the file", "keep one"};
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        config_node node;
        node.at = place(mark);
        add(std::move(node), anchor);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        if (tag != "?" && tag != "!") reject_tag(mark);
        config_node node;
        node.type = kind::scalar;
        node.text = value;
        node.quoted = tag == "!";
        node.at = place(mark);
        locate(node);
        add(std::move(node), anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end())
            throw rejected{place(mark), "an alias within what it stands for",
                           "write the settings out"};
        const config_node copy = found->second;
        count(copy, mark);
        add(copy, YAML::NullAnchor);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(kind::sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(kind::mapping, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

  private:
    struct open_node {
        config_node node;
        YAML::anchor_t anchor;
    };

    static source_place place(const YAML::Mark& mark) {
        if (mark.is_null()) return {1, 1, 1};
        return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1,
                1};
    }

    [[noreturn]] static void reject_tag(const YAML::Mark& mark) {
        throw rejected{place(mark), "tags ('!...') are not supported",
                       "quote a text that starts with '!'"};
    }

    // How far the scalar goes in its line, and where its text stands there byte for byte.
    void locate(config_node& node) const {
        if (node.at.line > lines_.size() || node.text.empty()) return;
        const std::string_view line = lines_[node.at.line - 1];
        if (node.at.column > line.size()) return;
        const std::string_view rest = line.substr(node.at.column - 1);
        const std::size_t quote = node.quoted ? 1 : 0;
        if (!rest.substr(std::min(quote, rest.size())).starts_with(node.text)) return;
        node.text_column = node.at.column + quote;
        node.at.length = node.text.size() + 2 * quote;
    }

    void count_one(const YAML::Mark& mark) {
        if (++nodes_ > max_yaml_nodes)
            throw rejected{place(mark), "more than 100000 values in the file", "check its aliases"};
    }

    void count(const config_node& node, const YAML::Mark& mark) {
        count_one(mark);
        for (const auto* list : {&node.keys, &node.items}) {
            for (const config_node& child : *list) count(child, mark);
        }
    }

    void open(kind type, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        if (tag != "?" && tag != "!" && !tag.empty()) reject_tag(mark);
        count_one(mark);
        config_node node;
        node.type = type;
        node.at = place(mark);
        open_.push_back({std::move(node), anchor});
    }

    void close() {
        open_node done = std::move(open_.back());
        open_.pop_back();
        attach(std::move(done.node), done.anchor);
    }

    void add(config_node node, YAML::anchor_t anchor) {
        YAML::Mark here;
        here.line = static_cast<int>(node.at.line) - 1;
        here.column = static_cast<int>(node.at.column) - 1;
        count_one(here);
        attach(std::move(node), anchor);
    }

    void attach(config_node node, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        config_node& parent = open_.back().node;
        const bool is_key =
            parent.type == kind::mapping && parent.keys.size() == parent.items.size();
        // The library gives a missing value the place of whatever comes next.
        if (!is_key && parent.type == kind::mapping && node.type == kind::null)
            node.at = parent.keys.back().at;
        (is_key ? parent.keys : parent.items).push_back(std::move(node));
    }

    std::vector<std::string_view> lines_;
    std::vector<open_node> open_;
    std::map<YAML::anchor_t, config_node> anchors_;
    config_node root_;
    std::size_t nodes_ = 0;
    int documents_ = 0;
};

// The place of a syntax error is often one line past the line at fault: neither may hold a secret
// if it is to be shown.
yaml_result failed(std::string_view text, source_place at, std::string message, std::string hint) {
    const auto lines = split_lines(text);
    const auto secret = [&](std::size_t line) {
        return line > 0 && line <= lines.size() && looks_secret(lines[line - 1]);
    };
    const bool quotable = !secret(at.line) && !secret(at.line - 1);
    yaml_result result;
    result.diagnostics.push_back(
        {severity::error, at, std::move(message), std::move(hint), {}, quotable});
    return result;
}

}  // namespace

yaml_result parse_yaml(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    yaml_result result;
    if (const auto wrong = text_problem(text)) {
        result.diagnostics.push_back(*wrong);
        return result;
    }
    tree_builder builder{split_lines(text)};
    try {
        std::istringstream stream{std::string{text}};
        YAML::Parser parser{stream};
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const rejected& r) {
        return failed(text, r.at, r.message, r.hint);
    } catch (const YAML::Exception& e) {
        const auto line = e.mark.is_null() ? 1 : static_cast<std::size_t>(e.mark.line) + 1;
        const auto column = e.mark.is_null() ? 1 : static_cast<std::size_t>(e.mark.column) + 1;
        return failed(text, {line, column, 1}, "not YAML: " + e.msg, {});
    }
    result.root = builder.take();
    return result;
}

}  // namespace herdgate
